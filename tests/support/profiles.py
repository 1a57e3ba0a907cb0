"""Profiles that are changed for a test."""

from pathlib import Path
from typing import Any

import yaml

from repro.engine.paths import PROFILES


def changed_profile(folder: Path, change: dict[str, Any], base: str = "central") -> Path:
    """Write a profile that changes some fields of a committed one, beside copies of all of these."""
    for path in PROFILES.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text())
    path = folder / "bad.yaml"
    path.write_text(yaml.safe_dump({"extends": base, "name": "bad"} | change))
    return path
