"""Reads rows from a local file, a pinned address or a data set of the hub, and checks that they are what they were."""

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

from superficial.config.external import Table
from superficial.revisions import read_revision, record_revision

_SECONDS = 60
ENDINGS = (".csv", ".jsonl", ".json", ".txt")


def name_of(table: Table) -> str:
    """Return how messages and records name a table."""
    return "/".join(filter(None, ("datasets", table.repo, table.file))) if table.repo else str(table.file or table.url)


def stem_of(table: Table) -> str:
    """Return the file's name without its ending, or the split."""
    place = table.file or (urlparse(table.url).path if table.url else None)
    return Path(place).stem if place else str(table.split)


def read_rows(table: Table, columns: Iterable[str], folders: Sequence[Path], revisions: Path) -> list[dict[str, Any]]:
    """Return a table's rows.

    Args:
        table: where they are; a relative file is looked for in each of `folders`.
        columns: what they must have.
        folders: see `table`.
        revisions: the file that remembers first downloads.

    Raises:
        ValueError: where the table can not be had or read, is not what its hash or its first download says, or lacks a
            column; names the table.
    """
    rows = _split(table, revisions) if table.split else _from_file(table, folders, revisions)
    if not rows:
        raise ValueError(f"{name_of(table)} holds no rows.")
    missing = sorted(set(columns) - set(rows[0]))
    if missing:
        raise ValueError(
            f"{name_of(table)} lacks the column {missing[0]!r}; it has {', '.join(map(repr, sorted(rows[0])))}."
        )
    return rows


def _from_file(table: Table, folders: Sequence[Path], revisions: Path) -> list[dict[str, Any]]:
    if table.repo:
        content = _inside(table, revisions)
    else:
        content = _local(table.file, folders).read_bytes() if table.file else _download(str(table.url))
    digest = hashlib.sha256(content).hexdigest()
    if table.sha256 and digest != table.sha256:
        raise ValueError(f"{name_of(table)} has changed: its SHA-256 is {digest}, the profile says {table.sha256}.")
    if table.url and not table.sha256:
        record_revision(revisions, table.url, digest)
    try:
        return _parse(content.decode("utf-8-sig"), _ending(table))
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{name_of(table)} can not be read: {' '.join(str(error).split())}") from error


def _local(file: str, folders: Sequence[Path]) -> Path:
    places = [folder / Path(file).expanduser() for folder in folders]
    for path in places:
        if path.is_file():
            return path
    raise ValueError(f"There is no data file {' or '.join(map(str, dict.fromkeys(places)))}.")


def _ending(table: Table) -> str:
    ending = Path(urlparse(table.url).path if table.url else str(table.file)).suffix
    if ending not in ENDINGS:
        raise ValueError(f"its ending {ending!r} is none of {', '.join(ENDINGS)}")
    return ending


def _parse(text: str, ending: str) -> list[dict[str, Any]]:
    if ending == ".txt":
        return [{"text": line} for line in text.split("\n") if line.strip()]
    if ending == ".csv":
        return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]
    return [json.loads(line) for line in text.split("\n") if line.strip()] if ending == ".jsonl" else json.loads(text)


def _download(address: str) -> bytes:
    try:
        with urlopen(address, timeout=_SECONDS) as answered:
            return answered.read()
    except (OSError, HTTPException) as error:
        raise ValueError(f"{address} can not be downloaded: {' '.join(str(error).split())}.") from error


def _from_hub(table: Table, revisions: Path, read: Callable[[str], Any]) -> Any:
    """Return what `read` gives at the table's revision; a first one is recorded."""
    import httpx2
    from huggingface_hub import HfApi

    about = f"datasets/{table.repo}"
    revision = table.revision or read_revision(revisions, about)
    try:
        revision = revision or str(HfApi().dataset_info(str(table.repo)).sha)
        found = read(revision)
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        raise ValueError(f"{name_of(table)} can not be had: {' '.join(str(error).split())}.") from error
    if not table.revision:
        record_revision(revisions, about, revision)
    return found


def _split(table: Table, revisions: Path) -> list[dict[str, Any]]:
    from datasets import load_dataset

    def read(revision: str) -> list[dict[str, Any]]:
        return [dict(row) for row in load_dataset(str(table.repo), table.config, split=table.split, revision=revision)]

    return _from_hub(table, revisions, read)


def _inside(table: Table, revisions: Path) -> bytes:
    from huggingface_hub import hf_hub_download

    def read(revision: str) -> bytes:
        got = hf_hub_download(str(table.repo), str(table.file), repo_type="dataset", revision=revision)
        return Path(str(got)).read_bytes()

    return _from_hub(table, revisions, read)
