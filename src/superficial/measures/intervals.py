"""Values with 95 % intervals: Wilson for a rate, the bootstrap over questions for everything else."""

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
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of_resampled(cls, value: float, resampled: Float[np.ndarray, " resample"]) -> Estimate:
        """Return a value with the percentile interval of its resampled values."""
        low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(float(value), float(low), float(high))


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


def wilson(successes: int, n: int) -> Estimate:
    """Return a rate with its Wilson interval."""
    interval = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(successes / n, interval.low, interval.high)


def resampled_sums(*columns: Scores, seed: int) -> Float[np.ndarray, "resample column"]:
    """Return the sums of each column over bootstrap samples of questions, the same questions for all columns.

    Questions with equal scores are interchangeable: only how often each distinct row is drawn matters, and that is
    multinomial. Of scores that take few values this costs nothing, however many questions there are. Of no questions
    the sums are NaN.
    """
    if not len(columns[0]):
        return np.full((RESAMPLES, len(columns)), np.nan)
    rows, counts = np.unique(np.column_stack([np.asarray(c, dtype=float) for c in columns]), axis=0, return_counts=True)
    questions = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(questions, counts / questions, RESAMPLES)
    return drawn @ rows


def mean(scores: Scores, seed: int) -> Estimate:
    """Return the mean of what was judged, with its bootstrap interval over questions; `UNKNOWN` where nothing was."""
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return UNKNOWN
    return Estimate.of_resampled(float(np.mean(scores)), resampled_sums(scores, seed=seed)[:, 0] / len(scores))


def ratio(parts: Scores, wholes: Scores, seed: int) -> Estimate:
    """Return sum(parts) / sum(wholes) with its bootstrap interval over the questions or prompts they are of."""
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    known = ~np.isnan(parts + wholes)
    parts, wholes = parts[known], wholes[known]
    if not len(parts):
        return UNKNOWN
    sums = resampled_sums(parts, wholes, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sums[:, 0] / sums[:, 1]
    # Where a resample has nothing to take a share of, the share is unknown, and with it the interval.
    return Estimate.of_resampled(np.sum(parts) / np.sum(wholes), np.where(np.isfinite(found), found, np.nan))


def mean_difference(left: Scores, right: Scores, seed: int) -> Estimate:
    """Return the mean of left - right over the same questions, with its paired bootstrap interval."""
    if len(left) != len(right):
        raise ValueError(f"Scores must pair up by question: got {len(left)} and {len(right)} of them.")
    return mean(np.asarray(left) - np.asarray(right), seed)
