"""Reads the rows of a table: a local file, a pinned address, files of a data set of the hub, or rows made here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pandas as pd
import pyarrow
import pyarrow.parquet

from superficial.config.questions import TableLocation
from superficial.downloads.address import download_address
from superficial.downloads.hub import download, files_of
from superficial.downloads.listing import Repository
from superficial.english.tables import make_rows
from superficial.errors import one_line
from superficial.files import expanded

SUFFIXES = (".parquet", ".csv", ".jsonl", ".json", ".txt")


def table_name(table: TableLocation) -> str:
    """Return the name of a table in messages and records."""
    if table.made:
        return f"The made table of {', '.join(table.made.counts)}"
    return "/".join(filter(None, ("datasets", table.repo, table.file))) if table.repo else str(table.file or table.url)


def file_stem(table: TableLocation) -> str:
    """Return the name of the table's file without its suffix, or what stands for it in the ids of made questions."""
    if table.made:
        return f"{table.made.split}-{'-'.join(table.made.counts)}"
    return Path(table.file or urlparse(table.url).path).stem  # type: ignore[arg-type]


def read_rows(table: TableLocation, columns: Iterable[str], folders: Sequence[Path]) -> list[dict[str, Any]]:
    """Read the rows of a table.

    Args:
        table: where the rows are.
        columns: the columns that the rows must have.
        folders: where a relative file is looked up, in this order.

    Returns:
        One dictionary per row.

    Raises:
        ValueError: if the table cannot be downloaded or parsed, differs from its hash, has no rows, or lacks a column.
    """
    rows: list[dict[str, Any]] = make_rows(table.made) if table.made else []
    for name, content in _contents(table, folders):
        try:
            rows += _parse(content, name)
        except (UnicodeDecodeError, ValueError, pyarrow.ArrowException) as error:
            raise ValueError(f"{table_name(table)} cannot be read: {one_line(error)}") from error
    if not rows:
        raise ValueError(f"{table_name(table)} has no rows.")
    missing = sorted(set(columns) - set(rows[0]))
    if missing:
        raise ValueError(
            f"{table_name(table)} lacks the column {missing[0]!r}; it has {', '.join(map(repr, sorted(rows[0])))}."
        )
    return rows


def data_set_files(table: TableLocation) -> tuple[Repository, list[str]]:
    """Return the repository of a data set, and the names of its files that a table has.

    Raises:
        ValueError: if the repository cannot be listed, or has no such file.
    """
    repository = Repository("dataset", str(table.repo), str(table.revision))
    files = files_of(repository)
    names = sorted(name for name in files if fnmatch(name, str(table.file)))
    if not names:
        raise ValueError(
            f"{repository.identity} has no file {table.file}; its files are {', '.join(sorted(files)) or 'none'}."
        )
    return repository, names


def _contents(table: TableLocation, folders: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return the name and the content of each file of a table."""
    if table.made:
        return []
    if table.repo:
        repository, names = data_set_files(table)
        folder = download(repository, names)
        return [(name, (folder / name).read_bytes()) for name in names]
    if table.url:
        return [(urlparse(table.url).path, download_address(table.url, table.sha256))]
    content = _local_file(str(table.file), folders).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if table.sha256 and digest != table.sha256:
        raise ValueError(f"{table_name(table)} has changed: its SHA-256 is {digest}, the profile says {table.sha256}.")
    return [(str(table.file), content)]


def _local_file(file: str, folders: Sequence[Path]) -> Path:
    paths = [folder / expanded(file) for folder in folders]
    for path in paths:
        if path.is_file():
            return path
    raise ValueError(f"There is no data file {' or '.join(map(str, dict.fromkeys(paths)))}.")


def _parse(content: bytes, name: str) -> list[dict[str, Any]]:
    suffix = Path(name).suffix
    if suffix not in SUFFIXES:
        raise ValueError(f"its suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    if suffix == ".parquet":
        # Imported where it is needed: it takes seconds, and only data sets of the hub come as Parquet.
        from datasets import Dataset

        return Dataset(pyarrow.parquet.read_table(BytesIO(content))).to_list()
    text = content.decode("utf-8-sig")
    if suffix == ".txt":
        return [{"text": line} for line in text.split("\n") if line.strip()]
    if suffix == ".csv":
        return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]
    return [json.loads(line) for line in text.split("\n") if line.strip()] if suffix == ".jsonl" else json.loads(text)
