"""Reads the prompts of a user's file: one prompt a line, JSONL, a JSON array, or CSV with a column `prompt`.

The suffix names the format, in upper or lower case. A text file whose content is JSON or CSV is read as what it is.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from superficial.errors import one_line

FIELD = "prompt"
_TEXT, _JSON, _CSV = ("", ".txt", ".text"), (".json", ".jsonl", ".ndjson"), (".csv", ".tsv")
_DELIMITERS = ",;\t"
# How JSON begins; an ordinary prompt may begin with a bracket, such as [INST].
_BEGINS_AS_JSON = re.compile(r'\s*(\[\s*[\[{"\]]|\{\s*["}]|\[\s*\n)')
_NAMES_OF_COLUMNS = re.compile(r'["\w]+([,;\t]["\w]+)*')
_LINE_END = re.compile("\r\n|\n|\r")
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_BEGINS_AS_LFS_POINTER = "version https://git-lfs.github.com/spec/"
_SHOWN_CHARACTERS = 60


def read_prompts(path: Path) -> list[str]:
    """Read the prompts of a file, without blank lines.

    Args:
        path: text with one prompt a line; JSONL or a JSON array of texts or of objects with a field `prompt`; or CSV
            whose first row names a column `prompt`.

    Raises:
        ValueError: if the file is missing, is not UTF-8, is in none of these formats, has no prompts, or a prompt is
            not a text.
    """
    if not path.is_file():
        raise ValueError(f"There is no file of prompts {path}.")
    suffix = path.suffix.lower()
    if suffix not in _TEXT + _JSON + _CSV:
        known = ", ".join(filter(None, _TEXT + _JSON + _CSV))
        raise ValueError(f"{path} has the suffix {path.suffix!r}; a file of prompts has one of {known}, or none.")
    try:
        # Editors and spreadsheets write a byte order mark before the first prompt.
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from error
    if "\0" in text:
        raise ValueError(f"{path} is not UTF-8 text: it has a NUL at character {text.index(chr(0))}.")
    if text.startswith(_BEGINS_AS_LFS_POINTER):
        raise ValueError(f"{path} is a pointer of Git LFS, not the file itself: run `git lfs pull`.")
    prompts = [_checked(f"{path}: {place}", prompt) for place, prompt in _read(text, suffix, path)]
    if not prompts:
        raise ValueError(f"{path} has no prompts.")
    return prompts


def _read(text: str, suffix: str, path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each prompt after the words for its place in the file."""
    if suffix in _JSON or (suffix in _TEXT and _BEGINS_AS_JSON.match(text)):
        return _read_json(text, path)
    if suffix in _CSV or (_NAMES_OF_COLUMNS.fullmatch(_first_line(text)) and _delimiter(text)):
        return _read_csv(text, path)
    # Other characters that Python ends a line at, such as U+2028 or a form feed, are part of a prompt.
    lines = [line.strip(" \t\ufeff") for line in _LINE_END.split(text)]
    return ((f"line {number}", line) for number, line in enumerate(lines, 1) if line.strip())


def _read_json(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    values = list(_json_values(text, path))
    if len(values) == 1 and isinstance(values[0][1], list):
        values = [(f"element {number}", value) for number, value in enumerate(values[0][1], 1)]
    for place, value in values:
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, dict) and FIELD in value:
            yield place, value[FIELD]
        else:
            fields = f"; its fields are {', '.join(map(repr, value)) or 'none'}" if isinstance(value, dict) else ""
            raise ValueError(f"{path}: {place} is neither a text nor a JSON object with a field {FIELD!r}{fields}.")


def _json_values(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the values of JSON texts that follow each other, as the lines of JSONL do."""
    decoder, begin, line = json.JSONDecoder(), 0, 1
    while True:
        # Not by slices of the text: each would copy the rest of a file that may have a million lines.
        found = _NOT_BLANK.search(text, begin)
        if found is None:
            return
        value_begin = found.start()
        line += len(_LINE_END.findall(text, begin, value_begin))
        try:
            value, end = decoder.raw_decode(text, value_begin)
        except json.JSONDecodeError as error:
            line += len(_LINE_END.findall(text, value_begin, error.pos))
            raise ValueError(f"{path}: line {line} is not JSON: {error.msg}.") from error
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}: line {line} is not JSON: {one_line(error)}.") from error
        yield f"line {line}", value
        line += len(_LINE_END.findall(text, value_begin, end))
        begin = end


def _read_csv(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    delimiter = _delimiter(text)
    if delimiter is None:
        raise ValueError(f"{path} has no column {FIELD!r}: its first row is {_first_line(text)[:_SHOWN_CHARACTERS]!r}.")
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = [name.strip() for name in row]
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{path}: line {rows.line_num} has {len(row)} cells, the first row has {len(header)}: a prompt "
                    f"that contains {delimiter!r} must be in quotes."
                )
            yield f"line {rows.line_num}", row[header.index(FIELD)]
    except csv.Error as error:
        raise ValueError(f"{path}: line {rows.line_num} is not CSV: {error}.") from error


def _first_line(text: str) -> str:
    return _LINE_END.split(text.strip(), maxsplit=1)[0]


def _delimiter(text: str) -> str | None:
    """Return the delimiter with which the first row names a column `prompt`, if there is one."""
    for delimiter in _DELIMITERS:
        names = next(csv.reader([_first_line(text)], delimiter=delimiter), [])
        if FIELD in [name.strip() for name in names]:
            return delimiter
    return None


def _checked(place: str, prompt: Any) -> str:
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError(f"{place} has the prompt {repr(prompt)[:_SHOWN_CHARACTERS]}; it must be a non-empty text.")
    check_unicode(prompt, place)
    return prompt


def check_unicode(text: str, place: str) -> None:
    """Check that a text has no half of a surrogate pair, which is no character and which no tokenizer reads.

    Raises:
        ValueError: one sentence that names the place and the half.
    """
    half = re.search("[\ud800-\udfff]", text)
    if half:
        raise ValueError(
            f"{place} has half a character, \\u{ord(half[0]):04x}, at position {half.start()} of its text."
        )
