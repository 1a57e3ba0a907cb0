"""Reads profiles: one YAML file each, which may extend another and then only contains what is different.

Models of a family are written once, see `superficial.config.families`; so are the heads of several benchmarks, see
`superficial.config.head_sets`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from superficial.config.families import expand_families
from superficial.config.head_sets import expand_head_sets
from superficial.config.merging import merge
from superficial.config.profile import Profile
from superficial.config.types import NAME
from superficial.documents import checked, read_yaml

_LINE = 120


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ValueError: one sentence that names the file, the field, its value and what is allowed.
    """
    return checked(path, expand_head_sets(path, expand_families(path, _read(path))), Profile)


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
    return merge(_read(path.parent / f"{extended}.yaml", path.stem, *extending), content)
