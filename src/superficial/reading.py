"""Reads rows and JSON that a stage wrote: right, or with one sentence on what is wrong. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def one_line(error: Exception) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def read_rows(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a Parquet file that has at least `columns`.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where it is no Parquet file, is damaged, or lacks a column.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}.")
    try:
        # One reader, one thread: nothing is guessed from the file's name or folder.
        table = pq.ParquetFile(path).read(use_threads=False)
        # The index and types that pandas describes beside the data are data of others: only the columns count.
        rows = table.replace_schema_metadata(None).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"{path} can not be read as rows: {one_line(error)}") from error
    missing = [column for column in columns if column not in rows]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]!r}; it has {', '.join(map(str, rows)) or 'none'}.")
    return rows


def read_json(path: Path, fields: Sequence[str] = ()) -> dict[str, Any]:
    """Read a JSON object that has at least `fields`.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where it holds something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {one_line(error)}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {type(content).__name__}, not an object of fields.")
    missing = [field for field in fields if field not in content]
    if missing:
        raise ValueError(f"{path} has no field {missing[0]!r}.")
    return content
