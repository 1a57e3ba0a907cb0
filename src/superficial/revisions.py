"""Remembers what a first download found, so that later ones accept nothing else."""

from __future__ import annotations

import fcntl
from pathlib import Path

import yaml

from superficial.files import atomic_write

_HEAD = "# What first downloads found: commits of repositories, hashes of files. Commit this file.\n"


def recall(file: Path, name: str) -> str | None:
    """Return the revision recorded under a name, or None."""
    return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get(name) if file.is_file() else None


def record(file: Path, name: str, found: str) -> None:
    """Record a revision the first time.

    Raises:
        ValueError: where another one is recorded.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        # Stages that run side by side record in one file.
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = (yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None) or {}
        if known.get(name, found) != found:
            raise ValueError(
                f"{name} has changed: it is {found} now, {file.name} records {known[name]}. "
                "Remove that line to accept it."
            )
        if name not in known:
            with atomic_write(file) as path:
                path.write_text(_HEAD + yaml.safe_dump(known | {name: found}, sort_keys=True), encoding="utf-8")
