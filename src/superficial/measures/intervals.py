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


def wilson(successes: int, n: int) -> Estimate:
    """Return a rate with its Wilson interval."""
    interval = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(successes / n, interval.low, interval.high)


def mean(scores: Scores, seed: int) -> Estimate:
    """Return a mean with its bootstrap interval over questions.

    Raises:
        ValueError: where there is no score.
    """
    if not len(scores):
        raise ValueError("There is no score to take the mean of.")
    drawn = np.random.default_rng(seed).integers(0, len(scores), (RESAMPLES, len(scores)))
    return Estimate.of_resampled(float(np.mean(scores)), np.asarray(scores)[drawn].mean(-1))


def ratio(parts: Scores, wholes: Scores, seed: int) -> Estimate:
    """Return sum(parts) / sum(wholes) with its bootstrap interval over the questions or prompts they are of."""
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    drawn = np.random.default_rng(seed).integers(0, len(parts), (RESAMPLES, len(parts)))
    return Estimate.of_resampled(parts.sum() / wholes.sum(), parts[drawn].sum(-1) / wholes[drawn].sum(-1))


def mean_difference(left: Scores, right: Scores, seed: int) -> Estimate:
    """Return the mean of left - right over the same questions, with its paired bootstrap interval."""
    if len(left) != len(right):
        raise ValueError(f"Scores must pair up by question: got {len(left)} and {len(right)} of them.")
    return mean(np.asarray(left) - np.asarray(right), seed)
