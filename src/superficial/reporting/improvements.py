"""By how much superficial knowledge beats simpler methods, such as in-context examples (claim C7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from superficial.measures.comparisons import bootstrap_p, holm
from superficial.measures.intervals import NOT_JUDGED, Estimate, resampled_means
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
        (baselines.student, other, *difference(results, baselines.student, other, FOUR_RATES))
        for baselines in results.profile.baselines
        for other in baselines.others
    ]
    corrected = holm([p for *_, p in uncorrected])
    return [Improvement(*row, corrected_p) for row, corrected_p in zip(uncorrected, corrected, strict=True)]


def difference(results: Results, student: str, other: str, measures: Sequence[str]) -> tuple[Estimate, float]:
    """Return student minus other, summed over some rates with their sign towards better, and p of no difference."""
    differences = []
    for measure in measures:
        left, right = (scores_towards_better(results, name, measure) for name in (student, other))
        differences.append(left.minus(right).judged())
    if not all(len(scores.values) for scores in differences):
        return NOT_JUDGED, 1.0
    resampled = resampled_means(differences, seed=0)
    sums = resampled.means.sum(1)
    return Estimate.of_resampled(sums, resampled.clusters), bootstrap_p(sums[1:])
