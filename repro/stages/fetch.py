"""fetch MODEL: a pinned repository or a local folder -> a pointer to its files, which later stages load and check."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import REVISIONS
from superficial.config import Hub, Profile
from superficial.files import atomic_folder
from superficial.models.checkpoints import Pointer, write_pointer
from superficial.models.fetching import fetch, weight_files
from superficial.progress import progress


def without(profile: Profile, model: str) -> list[str]:
    """Return the rows of tables that need nothing of a model."""
    rows = {row: None for table in profile.tables.values() for row in table.rows}
    return [row for row in rows if model not in profile.models_behind(row)]


def main(profile: Profile, out: Path, name: str) -> None:
    recipe = profile.models[name]
    assert isinstance(recipe, Hub), f"{name} is trained, not fetched"
    with progress(f"fetching {name}", 1) as advance:
        try:
            place, identity = fetch(recipe, out, REVISIONS)
        except ValueError as error:
            raise ValueError(
                f"{error} Rows that do without {name}: {', '.join(without(profile, name)) or 'none'}."
            ) from error
        with atomic_folder(out / "models" / name) as path:
            write_pointer(path, Pointer(str(place), recipe.dtype, identity, weight_files(place)))
        advance(1)
