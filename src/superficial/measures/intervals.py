"""Values with 95 % intervals: Wilson for a rate, bootstrap over questions for everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import binomtest

RESAMPLES = 2000
LEVEL = 0.95

Scores = Float[np.ndarray, " question"]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval. Where the value is NaN, `missing` says why in words."""

    value: float
    low: float
    high: float
    missing: str = ""

    @classmethod
    def of_resampled(cls, value: float, resampled: Float[np.ndarray, " resample"]) -> Estimate:
        """Return a value with the percentile interval of its resampled values."""
        low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(float(value), float(low), float(high))

    def columns(self, prefix: str = "") -> dict[str, float]:
        """Return value, low and high by column name."""
        return {f"{prefix}value": self.value, f"{prefix}low": self.low, f"{prefix}high": self.high}


NOT_JUDGED = Estimate(np.nan, np.nan, np.nan, missing="not judged")
NO_GAP = Estimate(np.nan, np.nan, np.nan, missing="no gap")


def wilson(successes: int, n: int) -> Estimate:
    """Return a rate with its Wilson interval."""
    interval = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(successes / n, interval.low, interval.high)


def resampled_sums(*columns: Scores, seed: int) -> Float[np.ndarray, "resample column"]:
    """Return the sum of each column over bootstrap samples of the questions; all columns share the samples.

    Questions with equal scores are interchangeable: only how often each distinct row is drawn matters, and these counts
    are multinomial. Scores that take few values are therefore cheap to resample, however many questions there are.

    Args:
        columns: one score per question each, in the same order of questions.
        seed: seed of the resampling.

    Returns:
        the sums, one row per resample; NaN where there are no questions.
    """
    if not len(columns[0]):
        return np.full((RESAMPLES, len(columns)), np.nan)
    rows, counts = np.unique(np.column_stack([np.asarray(c, dtype=float) for c in columns]), axis=0, return_counts=True)
    questions = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(questions, counts / questions, RESAMPLES)
    return drawn @ rows


def mean(scores: Scores, seed: int) -> Estimate:
    """Return the mean of the judged scores with its bootstrap interval over questions.

    Args:
        scores: one score per question; NaN where the judge gave none.
        seed: seed of the resampling.

    Returns:
        the mean; `NOT_JUDGED` where no question was judged.
    """
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return NOT_JUDGED
    return Estimate.of_resampled(float(np.mean(scores)), resampled_sums(scores, seed=seed)[:, 0] / len(scores))


def ratio(parts: Scores, wholes: Scores, seed: int) -> Estimate:
    """Return sum(parts) / sum(wholes) with its bootstrap interval over questions or prompts.

    Args:
        parts: one numerator per question; NaN where it is not known.
        wholes: one denominator per question, in the same order.
        seed: seed of the resampling.

    Returns:
        the ratio; `NOT_JUDGED` where no question has both numbers.
    """
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    known = ~np.isnan(parts + wholes)
    parts, wholes = parts[known], wholes[known]
    if not len(parts):
        return NOT_JUDGED
    sums = resampled_sums(parts, wholes, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = sums[:, 0] / sums[:, 1]
    # A resample whose denominator is 0 has no ratio, which leaves the interval unknown.
    return Estimate.of_resampled(np.sum(parts) / np.sum(wholes), np.where(np.isfinite(ratios), ratios, np.nan))


def mean_difference(left: Scores, right: Scores, seed: int) -> Estimate:
    """Return the mean of left - right over the same questions, with its paired bootstrap interval.

    Raises:
        ValueError: if the two have different numbers of questions.
    """
    if len(left) != len(right):
        raise ValueError(f"Paired scores must be of the same questions: got {len(left)} and {len(right)} scores.")
    return mean(np.asarray(left) - np.asarray(right), seed)
