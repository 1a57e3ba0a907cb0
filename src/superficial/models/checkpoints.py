"""Where a model's files are: in its own folder of the results, or, for a model made by others, where that points to.

Imports no torch: what only reads a tokenizer need not wait for it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

POINTER = "checkpoint.json"


@dataclass(frozen=True)
class Pointer:
    """A checkpoint: its folder ("": the model's own), its dtype in memory, what it is, its files and their sizes."""

    folder: str
    dtype: str
    identity: str
    files: dict[str, int]


def write_pointer(path: Path, pointer: Pointer) -> None:
    """Make a folder stand for the checkpoint."""
    (path / POINTER).write_text(json.dumps(asdict(pointer), indent=1), encoding="utf-8")


def resolve(path: Path) -> tuple[Path, str | None]:
    """Return the folder that holds a model's files, and the dtype that its pointer names, None without a pointer.

    Raises:
        ValueError: where the model points to a folder that is gone, or to files of another size.
    """
    if not (path / POINTER).is_file():
        return path, None
    pointer = Pointer(**json.loads((path / POINTER).read_text(encoding="utf-8")))
    folder = Path(pointer.folder) if pointer.folder else path
    for name, size in pointer.files.items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != size:
            raise ValueError(
                f"{pointer.identity}: {name} is no longer what it was in {folder}; remove {path} to fetch it again."
            )
    return folder, pointer.dtype
