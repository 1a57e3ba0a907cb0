"""Statistics over draws: each draw is the whole experiment again, with a world and models of its own.

A draw's estimate differs from the mean over all possible draws for two reasons: its models are others, and it has a
limited number of questions. The spread between draws contains both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import beta, t

from superficial.measures.intervals import LEVEL, Estimate

_UPPER = (1 + LEVEL) / 2

Values = Float[np.ndarray, " draw"]


def mean_with_t_interval(values: Values) -> Estimate:
    """Return the mean with its t interval: mean ± t s / sqrt(n), without ends for a single draw."""
    return _around_the_mean(values, 1 / np.sqrt(len(values)))


def prediction_interval(values: Values) -> Estimate:
    """Return the mean with the interval for one new draw: mean ± t s sqrt(1 + 1/n), without ends for a single draw."""
    return _around_the_mean(values, np.sqrt(1 + 1 / len(values)))


def _around_the_mean(values: Values, factor: float) -> Estimate:
    values = np.asarray(values, dtype=float)
    mean, draws = float(values.mean()), len(values)
    if draws < 2:
        return Estimate(mean, np.nan, np.nan)
    half = float(t.ppf(_UPPER, draws - 1) * values.std(ddof=1) * factor)
    return Estimate(mean, mean - half, mean + half)


def mean_over_draws(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean of the draws' estimates with the interval that decides the verdict over draws.

    It is the t interval over draws, and at either end at least as wide as the draws' own intervals allow: where all
    draws have the same estimate, such as no harmful response at all, the spread between them says nothing. The own
    error of the mean is sqrt(sum of squared half-widths) / n, for each end apart.

    Returns:
        the mean; without ends for a single draw, or where a draw has no interval.
    """
    values, lows, highs = (np.array([getattr(one, name) for one in estimates]) for name in ("value", "low", "high"))
    spread = mean_with_t_interval(values)
    below, above = (float(np.sqrt((half**2).sum()) / len(half)) for half in (values - lows, highs - values))
    low, high = np.minimum(spread.low, spread.value - below), np.maximum(spread.high, spread.value + above)
    return Estimate(spread.value, float(low), float(high))


def share_of_draws(holding: int, draws: int) -> Estimate:
    """Return the share of draws in which something holds, with its Clopper-Pearson interval."""
    tail = 1 - _UPPER
    low = beta.ppf(tail, holding, draws - holding + 1) if holding else 0.0
    high = beta.ppf(1 - tail, holding + 1, draws - holding) if holding < draws else 1.0
    return Estimate(holding / draws, float(low), float(high))
