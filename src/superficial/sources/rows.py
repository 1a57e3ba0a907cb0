"""Reads the rows of a table: a local file, a pinned URL, or a data set of the Hugging Face Hub, checked by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from http.client import HTTPException
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import urlopen

import pandas as pd

from superficial.config.questions import TableLocation
from superficial.errors import one_line
from superficial.revisions import read_revision, record_revision

_TIMEOUT_SECONDS = 60
SUFFIXES = (".csv", ".jsonl", ".json", ".txt")


def table_name(table: TableLocation) -> str:
    """Return the name of a table in messages and records."""
    return "/".join(filter(None, ("datasets", table.repo, table.file))) if table.repo else str(table.file or table.url)


def file_stem(table: TableLocation) -> str:
    """Return the name of the table's file without its suffix, or, of a data set without files, the split's name."""
    path = table.file or (urlparse(table.url).path if table.url else None)
    return Path(path).stem if path else str(table.split)


def read_rows(
    table: TableLocation, columns: Iterable[str], folders: Sequence[Path], revisions: Path
) -> list[dict[str, Any]]:
    """Read the rows of a table.

    Args:
        table: where the rows are.
        columns: the columns that the rows must have.
        folders: where a relative file is looked up, in this order.
        revisions: the file that records the revisions of first downloads.

    Returns:
        One dictionary per row.

    Raises:
        ValueError: if the table cannot be downloaded or parsed, differs from its hash or from its first download, has
            no rows, or lacks a column.
    """
    rows = _data_set_split(table, revisions) if table.split else _file_rows(table, folders, revisions)
    if not rows:
        raise ValueError(f"{table_name(table)} has no rows.")
    missing = sorted(set(columns) - set(rows[0]))
    if missing:
        raise ValueError(
            f"{table_name(table)} lacks the column {missing[0]!r}; it has {', '.join(map(repr, sorted(rows[0])))}."
        )
    return rows


def _file_rows(table: TableLocation, folders: Sequence[Path], revisions: Path) -> list[dict[str, Any]]:
    if table.repo:
        content = _data_set_file(table, revisions)
    else:
        content = _local_file(table.file, folders).read_bytes() if table.file else _download(str(table.url))
    digest = hashlib.sha256(content).hexdigest()
    if table.sha256 and digest != table.sha256:
        raise ValueError(f"{table_name(table)} has changed: its SHA-256 is {digest}, the profile says {table.sha256}.")
    if table.url and not table.sha256:
        record_revision(revisions, table.url, digest)
    try:
        return _parse(content.decode("utf-8-sig"), _suffix(table))
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{table_name(table)} cannot be read: {one_line(error)}") from error


def _local_file(file: str, folders: Sequence[Path]) -> Path:
    paths = [folder / Path(file).expanduser() for folder in folders]
    for path in paths:
        if path.is_file():
            return path
    raise ValueError(f"There is no data file {' or '.join(map(str, dict.fromkeys(paths)))}.")


def _suffix(table: TableLocation) -> str:
    suffix = Path(urlparse(table.url).path if table.url else str(table.file)).suffix
    if suffix not in SUFFIXES:
        raise ValueError(f"its suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    return suffix


def _parse(text: str, suffix: str) -> list[dict[str, Any]]:
    if suffix == ".txt":
        return [{"text": line} for line in text.split("\n") if line.strip()]
    if suffix == ".csv":
        return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]
    return [json.loads(line) for line in text.split("\n") if line.strip()] if suffix == ".jsonl" else json.loads(text)


def _download(url: str) -> bytes:
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            return response.read()
    except (OSError, HTTPException) as error:
        raise ValueError(f"{url} cannot be downloaded: {one_line(error)}.") from error


def _data_set_split(table: TableLocation, revisions: Path) -> list[dict[str, Any]]:
    from datasets import load_dataset

    def read(revision: str) -> list[dict[str, Any]]:
        return [dict(row) for row in load_dataset(str(table.repo), table.config, split=table.split, revision=revision)]

    return _at_revision(table, revisions, read)


def _data_set_file(table: TableLocation, revisions: Path) -> bytes:
    from huggingface_hub import hf_hub_download

    def read(revision: str) -> bytes:
        path = hf_hub_download(str(table.repo), str(table.file), repo_type="dataset", revision=revision)
        return Path(str(path)).read_bytes()

    return _at_revision(table, revisions, read)


def _at_revision(table: TableLocation, revisions: Path, read: Callable[[str], Any]) -> Any:
    """Return what `read` returns at the table's revision; record the revision of a first download."""
    import httpx2
    from huggingface_hub import HfApi

    name = f"datasets/{table.repo}"
    revision = table.revision or read_revision(revisions, name)
    try:
        revision = revision or str(HfApi().dataset_info(str(table.repo)).sha)
        content = read(revision)
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        raise ValueError(f"{table_name(table)} cannot be downloaded: {one_line(error)}.") from error
    if not table.revision:
        record_revision(revisions, name, revision)
    return content
