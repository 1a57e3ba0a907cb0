"""Is one variant better than another on the same questions? Tests, and a correction for how many are made."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import binomtest

from superficial.measures.intervals import Scores


def _paired(left: Scores, right: Scores) -> tuple[Scores, Scores]:
    left, right = np.asarray(left), np.asarray(right)
    if len(left) != len(right):
        raise ValueError(f"Scores must pair up by question: got {len(left)} and {len(right)} of them.")
    return left, right


def mcnemar(left: Scores, right: Scores) -> float:
    """Return the exact two-sided p of McNemar's test: are the questions that only one side gets split evenly?

    Raises:
        ValueError: where scores do not pair up.
    """
    left, right = _paired(left, right)
    more, less = int((left > right).sum()), int((left < right).sum())
    return float(binomtest(more, more + less).pvalue) if more + less else 1.0


def kappa(left: Scores, right: Scores) -> float:
    """Return Cohen's kappa of two judges' scores of the same answers; NaN where both give all of them one score.

    Raises:
        ValueError: where scores do not pair up.
    """
    left, right = _paired(left, right)
    agreed = (left == right).mean()
    by_chance = sum((left == score).mean() * (right == score).mean() for score in np.union1d(left, right))
    return float((agreed - by_chance) / (1 - by_chance)) if by_chance < 1 else float("nan")


def bootstrap_p(resampled: Float[np.ndarray, " resample"]) -> float:
    """Return the two-sided p of resampled differences against none: twice the share on the other side of 0.

    It is never 0: so many resamples can not tell. Where the differences are unknown (NaN) it is 1.
    """
    if np.isnan(resampled).any():
        return 1.0
    beyond = min((resampled <= 0).sum(), (resampled >= 0).sum())
    return float(min(1.0, 2 * (beyond + 1) / (len(resampled) + 1)))


def holm(p: list[float]) -> list[float]:
    """Return p values corrected for their number by Holm's step-down method, in the order given."""
    order = np.argsort(p)
    steps = np.asarray(p)[order] * (len(p) - np.arange(len(p)))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected.tolist()
