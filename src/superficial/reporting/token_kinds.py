"""What is measured by kind of token of the main head's positions, in a lab world or on real text."""

from __future__ import annotations

from collections.abc import Callable

from superficial.config import Profile
from superficial.lab.token_kinds import world_kinds
from superficial.lab.world import make_world
from superficial.measures.token_kinds import KindMeasures, by_token_kind
from superficial.reporting.results import Results
from superficial.sources.token_kinds import text_kind


def kinds_of_world(profile: Profile, name: str) -> Callable[[str], str]:
    """Return the kind of a token: by the grammar of a lab world, or by the stated lists for real text."""
    return world_kinds(make_world(profile.worlds[name].seed)) if name in profile.worlds else text_kind


def main_head_kinds(results: Results) -> list[KindMeasures]:
    """Return what is measured of the profile's main head by kind of target token."""
    profile = results.profile
    base = profile.pairs[profile.pair_of_head(profile.main_head)].base
    kind_of = kinds_of_world(profile, profile.world_of(base))
    return by_token_kind(results.positions(profile.main_head), kind_of, seed=0)
