"""Where a model's files are: in the model's own folder, or in the folder that its pointer names.

A pointer stands for a checkpoint made by others, so that gigabytes of weights are not copied into the results folder.
This module imports no torch: a stage that only reads a tokenizer starts without it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

POINTER_FILE = "checkpoint.json"
# The files of a checkpoint that are read.
_READ = (".json", ".safetensors", ".model", ".txt", ".jinja")
# What Git LFS leaves in the place of a file that it has not downloaded.
_LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class Pointer:
    """What a pointer file says about a checkpoint.

    Attributes:
        folder: the checkpoint's folder; empty where it is the folder of the pointer itself.
        dtype: the data type in which the model is held in memory.
        identity: the name that results carry, with the commit.
        files: the size in bytes of each weight file.
    """

    folder: str
    dtype: str
    identity: str
    files: dict[str, int]


def write_pointer(path: Path, pointer: Pointer) -> None:
    """Write a pointer into a model's folder."""
    (path / POINTER_FILE).write_text(json.dumps(asdict(pointer), indent=1), encoding="utf-8")


def read_pointer(path: Path) -> Pointer | None:
    """Read the pointer in a model's folder; None where there is none."""
    file = path / POINTER_FILE
    return Pointer(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def resolve(path: Path) -> tuple[Path, str | None]:
    """Return the folder with a model's files, and the data type that its pointer names, or None without a pointer.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.

    Raises:
        ValueError: if a file that the pointer names is missing, or has a different size.
    """
    pointer = read_pointer(path)
    if pointer is None:
        return path, None
    folder = Path(pointer.folder) if pointer.folder else path
    for name, size in pointer.files.items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != size:
            raise ValueError(
                f"{pointer.identity}: {name} in {folder} is missing or has changed; remove {path} to fetch it again."
            )
    return folder, pointer.dtype


def weight_files(folder: Path) -> dict[str, int]:
    """Return the weight files of a checkpoint and their sizes in bytes."""
    return {path.name: path.stat().st_size for path in sorted(folder.glob("*.safetensors"))}


def check_checkpoint(folder: Path, identity: str, advice: str = "") -> None:
    """Check that a folder is a checkpoint with weights in safetensors.

    Args:
        folder: the folder with the model's files.
        identity: the name of the model in messages.
        advice: where to get weights in safetensors; appended to the message.

    Raises:
        ValueError: if it has no config.json, or no weights in safetensors, or one of its files was not downloaded.
    """
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} is not a checkpoint: it has no config.json.")
    check_not_pointers(folder)
    if not weight_files(folder):
        raise ValueError(
            f"{identity} has no weights in safetensors; other formats are refused because they can run code.{advice}"
        )


def check_not_pointers(folder: Path) -> None:
    """Check that Git LFS has downloaded the files of a folder that a model is loaded from.

    Raises:
        ValueError: if it has left its own small text in the place of one.
    """
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.suffix in _READ:
            with path.open("rb") as file:
                if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
                    raise ValueError(f"{path} is a pointer of Git LFS, not the file: run `git lfs pull` in {folder}.")
