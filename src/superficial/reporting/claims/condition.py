"""Conditions on estimates, and the verdict that they give together.

A condition holds, fails, or stays open where its interval contains the threshold. Some conditions are premises: that a
base is harmful, that its aligned model is better, that an attack works. Where a premise does not hold, there is nothing
that the claim could be tested on, and it is inconclusive, whatever the other conditions say. Otherwise a claim is
reproduced where all of its conditions hold, not reproduced where one fails, and inconclusive where one is open.
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
        is_premise: whether the claim can only be tested where the condition holds.
    """

    what: str
    estimate: Estimate
    above: float = -np.inf
    below: float = np.inf
    corrected_p: float | None = None
    is_premise: bool = False

    def outcome(self) -> str:
        """Return the verdict on this condition alone."""
        is_outside = self.estimate.high <= self.above or self.estimate.low >= self.below
        if is_outside:
            return NOT_REPRODUCED
        if self.corrected_p is not None and self.corrected_p >= 1 - LEVEL:
            return INCONCLUSIVE
        return REPRODUCED if self.above < self.estimate.low and self.estimate.high < self.below else INCONCLUSIVE

    def in_words(self) -> str:
        """Return the estimate with its interval, and the range in which it must lie."""
        if np.isnan(self.estimate.value):
            return f"{self.what}: {self.estimate.missing or 'unknown'}"
        interval = "" if np.isnan(self.estimate.low) else f" [{self.estimate.low:.3f}, {self.estimate.high:.3f}]"
        p = "" if self.corrected_p is None else f", p {self.corrected_p:.2g} after correction"
        return f"{self.what} is {self.estimate.value:.3f}{interval}{p}, which must be {self._range()}"

    def _range(self) -> str:
        if np.isfinite(self.above) and np.isfinite(self.below):
            return f"between {self.above:g} and {self.below:g}"
        return f"above {self.above:g}" if np.isfinite(self.above) else f"below {self.below:g}"


@dataclass(frozen=True)
class ClaimTest:
    """How a claim is tested.

    Attributes:
        conditions: returns the conditions of the claim; none where the profile has nothing to test it on. The first one
            that is no premise is on the estimate that stands for the claim.
        guarded: returns the compared variants. A claim of safety is guarded by conditions that the student neither
            declines benign questions nor writes garbled responses.
    """

    conditions: Callable[[Results, Claim], list[Condition]]
    guarded: Callable[[Profile], list[Comparison]] = lambda profile: []


def first_estimate(conditions: list[Condition]) -> dict[str, Any]:
    """Return the first condition that is no premise: its estimate stands for the claim where draws are compared.

    Keys: what, value, low, high; above and below, None where the range has no such end.
    """
    first = next(condition for condition in conditions if not condition.is_premise)
    numbers = first.estimate.columns() | {"above": first.above, "below": first.below}
    return {"what": first.what} | {
        name: float(value) if np.isfinite(value) else None for name, value in numbers.items()
    }


def verdict(conditions: list[Condition]) -> str:
    """Return the verdict on all conditions together."""
    if any(condition.outcome() != REPRODUCED for condition in conditions if condition.is_premise):
        return INCONCLUSIVE
    outcomes = {condition.outcome() for condition in conditions}
    return next((worst for worst in (NOT_REPRODUCED, INCONCLUSIVE) if worst in outcomes), REPRODUCED)


def reason(conditions: list[Condition]) -> str:
    """Return why the conditions do not give `reproduced`; empty where they do."""
    if verdict(conditions) == REPRODUCED:
        return ""
    decisive = _decisive(conditions)
    sentences = "; ".join(condition.in_words() for condition in decisive)
    return f"There is nothing to test: {sentences}." if decisive[0].is_premise else f"{_capitalized(sentences)}."


def deciding(conditions: list[Condition]) -> Condition:
    """Return the first condition that the verdict follows from."""
    return _decisive(conditions)[0]


def _decisive(conditions: list[Condition]) -> list[Condition]:
    """Return the premises that do not hold, or else the conditions with the verdict on all together."""
    together = verdict(conditions)
    premises = [c for c in conditions if c.is_premise and c.outcome() != REPRODUCED]
    return premises or [c for c in conditions if not c.is_premise and c.outcome() == together]


def _capitalized(text: str) -> str:
    return text[0].upper() + text[1:]
