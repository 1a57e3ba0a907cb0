"""Conditions on estimates, and the verdict that they give together.

A condition holds, fails, or stays open where its interval straddles the threshold. A claim is reproduced where all of
its conditions hold, not reproduced where one fails, and inconclusive otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from superficial.config import Comparison, Profile
from superficial.measures.intervals import LEVEL, Estimate
from superficial.published.claims import Claim
from superficial.reporting.results import Results

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN = "reproduced", "not reproduced", "inconclusive", "not run"


@dataclass(frozen=True)
class Condition:
    """An estimate whose whole interval must lie in an open range.

    Attributes:
        what: the estimate in words.
        estimate: the estimate.
        above: the lower end of the range.
        below: the upper end of the range.
        corrected_p: where the condition is one of several comparisons, its p value corrected for their number, which
            must be small as well.
    """

    what: str
    estimate: Estimate
    above: float = -np.inf
    below: float = np.inf
    corrected_p: float | None = None

    def outcome(self) -> str:
        """Return the verdict on this condition alone."""
        if self.corrected_p is not None and self.corrected_p >= 1 - LEVEL:
            return INCONCLUSIVE
        if self.above < self.estimate.low and self.estimate.high < self.below:
            return REPRODUCED
        is_outside = self.estimate.high <= self.above or self.estimate.low >= self.below
        return NOT_REPRODUCED if is_outside else INCONCLUSIVE


@dataclass(frozen=True)
class ClaimTest:
    """How a claim is tested.

    Attributes:
        conditions: returns the conditions of the claim; none where the profile has nothing to test it on.
        guarded: returns the compared variants. A claim of safety is guarded by conditions that the student neither
            declines benign questions nor writes garbled responses.
    """

    conditions: Callable[[Results, Claim], list[Condition]]
    guarded: Callable[[Profile], list[Comparison]] = lambda profile: []


def first_estimate(conditions: list[Condition]) -> dict[str, Any]:
    """Return the first condition, whose estimate stands for the claim where draws are compared, as claims.json has it.

    Keys: what, value, low, high; above and below, None where the range has no such end.
    """
    first = conditions[0]
    numbers = first.estimate.columns() | {"above": first.above, "below": first.below}
    return {"what": first.what} | {
        name: float(value) if np.isfinite(value) else None for name, value in numbers.items()
    }


def verdict(conditions: list[Condition]) -> str:
    """Return the verdict on all conditions together: that of the worst."""
    outcomes = {condition.outcome() for condition in conditions}
    return next((worst for worst in (NOT_REPRODUCED, INCONCLUSIVE) if worst in outcomes), REPRODUCED)
