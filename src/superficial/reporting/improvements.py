"""By how much superficial knowledge is better than simpler methods, such as in-context examples (claim C7)."""

from __future__ import annotations

from dataclasses import dataclass

from superficial.measures.comparisons import bootstrap_p, holm
from superficial.measures.intervals import NOT_JUDGED, Estimate, resampled_means
from superficial.measures.scores import FOUR_RATES
from superficial.reporting.recovery import scores_towards_better
from superficial.reporting.results import Results


@dataclass(frozen=True)
class Improvement:
    """By how much a student is better than another variant in one rate (positive: the student is better).

    `p` is that of no difference; `corrected_p` is Holm's correction for all rates and methods of the profile.
    """

    student: str
    other: str
    measure: str
    estimate: Estimate
    p: float
    corrected_p: float


def improvements(results: Results) -> list[Improvement]:
    """Return the comparison of every student with each simpler method that the profile names for it, rate by rate."""
    uncorrected = [
        (baselines.student, other, measure, *_difference(results, baselines.student, other, measure))
        for baselines in results.profile.baselines
        for other in baselines.others
        for measure in FOUR_RATES
    ]
    corrected = holm([p for *_, p in uncorrected])
    return [Improvement(*row, corrected_p) for row, corrected_p in zip(uncorrected, corrected, strict=True)]


def _difference(results: Results, student: str, other: str, measure: str) -> tuple[Estimate, float]:
    """Return student minus other in a rate with its sign towards better, and p of no difference."""
    left, right = (scores_towards_better(results, name, measure) for name in (student, other))
    gains = left.minus(right).judged()
    if not len(gains.values):
        return NOT_JUDGED, 1.0
    resampled = resampled_means([gains], seed=0)
    means = resampled.means[:, 0]
    return Estimate.of_resampled(means, resampled.clusters), bootstrap_p(means[1:])
