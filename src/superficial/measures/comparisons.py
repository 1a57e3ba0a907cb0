"""Tests of whether one variant scores better than another on the same questions, corrected for multiple testing."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import binomtest

from superficial.measures.intervals import Scores


def _paired(left: Scores, right: Scores) -> tuple[Scores, Scores]:
    left, right = np.asarray(left), np.asarray(right)
    if len(left) != len(right):
        raise ValueError(f"Paired scores must be of the same questions: got {len(left)} and {len(right)} scores.")
    return left, right


def mcnemar(left: Scores, right: Scores) -> float:
    """Return the exact two-sided p value of McNemar's test on the questions that only one of two variants gets right.

    Raises:
        ValueError: if the two have different numbers of questions.
    """
    left, right = _paired(left, right)
    only_left, only_right = int((left > right).sum()), int((left < right).sum())
    return float(binomtest(only_left, only_left + only_right).pvalue) if only_left + only_right else 1.0


def kappa(left: Scores, right: Scores) -> float:
    """Return Cohen's kappa of two judges' scores of the same responses; NaN where both always give one same score.

    Raises:
        ValueError: if the two have different numbers of responses.
    """
    left, right = _paired(left, right)
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
