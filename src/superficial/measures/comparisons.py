"""Tests of whether one variant scores better than another on the same questions, corrected for multiple testing."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from superficial.measures.intervals import Values


def kappa(left: Values, right: Values) -> float:
    """Return Cohen's kappa of two judges' scores of the same responses; NaN where both always give one same score.

    Raises:
        ValueError: if the two have different numbers of responses.
    """
    left, right = np.asarray(left), np.asarray(right)
    if len(left) != len(right):
        raise ValueError(f"Two judges must score the same responses: got {len(left)} and {len(right)} scores.")
    agreement = (left == right).mean()
    by_chance = sum((left == score).mean() * (right == score).mean() for score in np.union1d(left, right))
    return float((agreement - by_chance) / (1 - by_chance)) if by_chance < 1 else float("nan")


def bootstrap_p(resampled: Float[np.ndarray, " resample"]) -> float:
    """Return the two-sided p value of no difference: twice the share of resampled differences beyond 0.

    It is never 0, because a finite number of resamples cannot show that. Where differences are unknown (NaN) it is 1.
    """
    if np.isnan(resampled).any():
        return 1.0
    beyond = min((resampled <= 0).sum(), (resampled >= 0).sum())
    return float(min(1.0, 2 * (beyond + 1) / (len(resampled) + 1)))


def holm(p_values: list[float]) -> list[float]:
    """Return the p values corrected by Holm's step-down method, in the same order."""
    order, count = np.argsort(p_values), len(p_values)
    steps = np.asarray(p_values)[order] * (count - np.arange(count))
    corrected = np.empty(count)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected.tolist()
