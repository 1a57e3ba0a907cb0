"""Which measures a second judge scores as well."""

from __future__ import annotations

from superficial.config import Profile
from superficial.measures.scores import MEASURES


def measures_with_second_judge(profile: Profile) -> list[str]:
    """Return the rates whose benchmark has a second judge in the profile."""
    second_judged = {name for name, settings in profile.benchmarks.items() if settings.second_judge}
    return [name for name, measure in MEASURES.items() if measure.is_rate and measure.benchmark in second_judged]
