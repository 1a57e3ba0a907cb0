"""Reads profiles: one YAML file each, which may extend another and then only contains what is different."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from superficial.config.profile import Profile
from superficial.config.types import NAME
from superficial.documents import checked, read_yaml

_LINE = 120


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ValueError: one sentence that names the file, the field, its value and what is allowed.
    """
    return checked(path, _read(path), Profile)


def profile_yaml(profile: Profile) -> str:
    """Return a whole profile as YAML that `load_profile` reads again."""
    return yaml.safe_dump(
        profile.model_dump(mode="json"), sort_keys=False, allow_unicode=True, default_flow_style=None, width=_LINE
    )


def _read(path: Path, *extending: str) -> dict[str, Any]:
    """Return the content of a profile over that of the profile it extends; `extending` are those that extend it."""
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.yaml"))) or "none"
        raise ValueError(f"There is no profile {path.stem!r} in {path.parent.name}/; the profiles are: {known}.")
    content = read_yaml(path)
    extended = content.pop("extends", None)
    if extended is None:
        return content
    if not isinstance(extended, str) or not re.fullmatch(rf"(parts/)?{NAME[1:-1]}", extended):
        raise ValueError(f"{path}: field 'extends' has the value {extended!r}: it must be the name of another profile.")
    if extended in (path.stem, *extending):
        raise ValueError(f"{path}: field 'extends' has the value {extended!r}: a profile cannot extend itself.")
    return _merge(_read(path.parent / f"{extended}.yaml", path.stem, *extending), content)


def _merge(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(content)
    for key, value in changes.items():
        both_mappings = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both_mappings else value
    return merged
