"""fetch MODEL: a pinned repository or a local folder -> a pointer to its files, which later stages check and load."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import REVISIONS
from superficial.config import Hub, Profile
from superficial.files import atomic_folder
from superficial.models.hub import fetch_checkpoint
from superficial.models.location import write_pointer
from superficial.progress import progress


def rows_without(profile: Profile, model: str) -> list[str]:
    """Return the rows of tables that do not need a model."""
    rows = {row: None for table in profile.tables.values() for row in table.rows}
    return [row for row in rows if model not in profile.models_used_by(row)]


def main(profile: Profile, out: Path, name: str) -> None:
    recipe = profile.models[name]
    assert isinstance(recipe, Hub), f"{name} is trained, not fetched"
    with progress(f"fetching {name}", 1) as advance:
        try:
            pointer = fetch_checkpoint(recipe, recipe.dtype, out, REVISIONS)
        except ValueError as error:
            rows = ", ".join(rows_without(profile, name)) or "none"
            raise ValueError(f"{error} Rows that do not need {name}: {rows}.") from error
        with atomic_folder(out / "models" / name) as path:
            write_pointer(path, pointer)
        advance(1)
