"""By how much superficial knowledge beats simpler methods, such as in-context examples (claim C7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superficial.measures.comparisons import bootstrap_p, holm
from superficial.measures.intervals import NOT_JUDGED, RESAMPLES, Estimate, mean_difference, resampled_sums
from superficial.measures.scores import FOUR_RATES
from superficial.reporting.recovery import scores_towards_better
from superficial.reporting.results import Results


@dataclass(frozen=True)
class Improvement:
    """By how much a student is better than another variant, summed over the four rates.

    `p` is that of no difference; `corrected_p` is Holm's correction for all such comparisons of the profile.
    """

    student: str
    other: str
    estimate: Estimate
    p: float
    corrected_p: float


def improvements(results: Results) -> list[Improvement]:
    """Return the comparison of every student with each simpler method that the profile names for it."""
    uncorrected = [
        (baselines.student, other, *_difference(results, baselines.student, other))
        for baselines in results.profile.baselines
        for other in baselines.others
    ]
    corrected = holm([p for *_, p in uncorrected])
    return [Improvement(*row, corrected_p) for row, corrected_p in zip(uncorrected, corrected, strict=True)]


def _difference(results: Results, student: str, other: str) -> tuple[Estimate, float]:
    """Return student minus other, summed over the four rates, and the p value of no difference."""
    value, resampled = 0.0, np.zeros(RESAMPLES)
    for number, measure in enumerate(FOUR_RATES):
        left, right = (scores_towards_better(results, name, measure) for name in (student, other))
        judged = (left - right)[~np.isnan(left - right)]
        if not len(judged):
            return NOT_JUDGED, 1.0
        value += mean_difference(left, right, seed=number).value
        resampled += resampled_sums(judged, seed=number)[:, 0] / len(judged)
    return Estimate.of_resampled(value, resampled), bootstrap_p(resampled)
