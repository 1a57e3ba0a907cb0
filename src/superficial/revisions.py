"""Records the revision of a first download, so that later downloads accept nothing else.

One YAML file holds the commits of repositories and the hashes of files, by name. It is committed to the repository.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

import yaml

from superficial.files import atomic_write

_HEADER = "# Recorded at the first download: commits of repositories, hashes of files. Commit this file.\n"


def read_revision(file: Path, name: str) -> str | None:
    """Return the revision recorded under a name, or None."""
    return _read(file).get(name)


def record_revision(file: Path, name: str, revision: str) -> None:
    """Record a revision under a name; recording the same one again changes nothing.

    Raises:
        ValueError: if a different revision is recorded under this name.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        # Stages that run at the same time write to one file.
        fcntl.flock(lock, fcntl.LOCK_EX)
        recorded = _read(file)
        if recorded.get(name, revision) != revision:
            raise ValueError(
                f"{name} has changed: it is {revision} now, but {file.name} records {recorded[name]}. "
                "Remove that line to accept the change."
            )
        if name not in recorded:
            with atomic_write(file) as path:
                path.write_text(_HEADER + yaml.safe_dump(recorded | {name: revision}, sort_keys=True), encoding="utf-8")


def _read(file: Path) -> dict[str, str]:
    return (yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None) or {}
