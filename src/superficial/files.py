"""Atomic writes: a file or folder is written whole or not at all. Also lists the files this process has written."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# The suffix of temporary files: what a killed process leaves behind is never taken for a result.
UNFINISHED = ".part"
_written: list[Path] = []


def written_files() -> list[Path]:
    """Return the files that this process has written, in order, each once."""
    return list(dict.fromkeys(_written))


def expanded(path: str) -> Path:
    """Return a path that a user wrote; ~ is their home, also where no shell has replaced it, as in --out=~/head."""
    # Unlike Path.expanduser, this leaves the ~ of an unknown user as it is.
    return Path(os.path.expanduser(path))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_unfinished(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder and below."""
    for path in sorted(folder.rglob(f".*{UNFINISHED}")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which is renamed to `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        _sync(temporary)
        # mkstemp creates files that only their owner can read.
        temporary.chmod(0o644)
        temporary.replace(path)
        # Without this a power failure could still lose the new name.
        _sync(path.parent)
        _written.append(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder, which replaces `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED))
    try:
        yield temporary
        files = [file.relative_to(temporary) for file in sorted(temporary.rglob("*")) if file.is_file()]
        for file in files:
            _sync(temporary / file)
        shutil.rmtree(path, ignore_errors=True)
        temporary.chmod(0o755)
        temporary.replace(path)
        _sync(path.parent)
        _written.extend(path / file for file in files)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_rows(rows: pd.DataFrame, path: Path) -> None:
    """Write rows to a Parquet file, without their index, as small as it gets: runs are committed with their rows.

    Nothing reads what pandas and Arrow would say about types. Most columns are texts that differ, or numbers: plain
    values compress better than a dictionary of them.
    """
    # Imported here, since extracting a head needs no tables.
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    with atomic_write(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            compression_level=19,
            use_dictionary=False,
            write_statistics=False,
            store_schema=False,
        )
