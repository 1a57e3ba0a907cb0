"""Reads the tables of a run. A damaged file raises one sentence. This module imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superficial.errors import one_line


def read_rows(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the rows of a Parquet file that has at least `columns`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a Parquet file, is damaged, or lacks a column.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}.")
    try:
        # This reader takes the one file; others guess partitions from names of files and folders.
        table = pq.ParquetFile(path).read(use_threads=False)
        # Only the columns count, not the index and types that pandas stores in the metadata.
        rows = table.replace_schema_metadata(None).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"{path} cannot be read as rows: {one_line(error)}") from error
    missing = [column for column in columns if column not in rows]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]!r}; it has {', '.join(map(str, rows)) or 'none'}.")
    return rows
