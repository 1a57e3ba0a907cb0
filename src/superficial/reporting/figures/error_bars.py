"""The lengths of error bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from superficial.measures.intervals import Estimate


def error_bars(estimates: Sequence[Estimate]) -> Float[np.ndarray, "2 estimate"]:
    """Return how far intervals reach below and above their values; NaN where they are unknown.

    A share of a small gap can lie outside its interval. On that side it has no bar, since matplotlib refuses a negative
    length.
    """
    lengths = [[one.value - one.low for one in estimates], [one.high - one.value for one in estimates]]
    return np.array(lengths, dtype=float).clip(min=0)
