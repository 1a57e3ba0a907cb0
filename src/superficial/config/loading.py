"""Reads profiles: one YAML file each, which may extend another and then only contains what is different.

Models of a family are written once, see `superficial.config.families`; so are the heads of several benchmarks, see
`superficial.config.head_sets`. Draws have no files: `draws/draw-101.yaml` is read from `draws.yaml`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from superficial.config.draws import draw_name, with_seeds_of_draw
from superficial.config.families import expand_families
from superficial.config.head_sets import expand_head_sets
from superficial.config.merging import merge
from superficial.config.profile import Profile
from superficial.config.reduction import profile_of_variants
from superficial.config.types import NAME
from superficial.documents import checked, read_yaml

_LINE = 120


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ValueError: one sentence that names the file, the field, its value and what is allowed.
    """
    whole = path.parent.with_suffix(".yaml")
    if (number := re.fullmatch(r"draw-([1-9]\d*)", path.stem)) and not path.is_file() and whole.is_file():
        return profile_of_draw(load_profile(whole), int(number[1]))
    return checked(path, expand_head_sets(path, expand_families(path, _read(path))), Profile)


def profile_of_draw(profile: Profile, number: int) -> Profile:
    """Return the profile of one draw: without what is left out or a neighbouring method, and with seeds of its own.

    The seeds are those of `seed_of_draw`.

    Raises:
        ValueError: if the profile has no such draw.
    """
    if profile.draws is None:
        raise ValueError(f"Profile {profile.name} has no draws.")
    profile.draws.set_of(number)
    # Neighbouring methods decide none of the claims.
    left_out = {*profile.draws.left_out, *profile.neighbours()}
    variants = [name for name in profile.variants if name not in left_out]
    if not profile.draws.has_families(number):
        others = [one for name in profile.generality_comparisons for one in profile.recovery[name]]
        origins = {profile.origin_of(profile.variants[one.base].model) for one in others}
        variants = [name for name in variants if profile.origin_of(profile.variants[name].model) not in origins]
    reduced = profile_of_variants(profile, variants, draw_name(profile.name, number))
    changes = {"one_of_draws": profile.name}
    return Profile.model_validate(with_seeds_of_draw(reduced.model_dump(), number) | changes)


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
