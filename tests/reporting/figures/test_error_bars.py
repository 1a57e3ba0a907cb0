"""Bars reach from values to the ends of their intervals."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from superficial.measures.intervals import Estimate
from superficial.reporting.figures.error_bars import error_bars


def test_bars_reach_the_ends_and_never_backwards():
    unknown = Estimate(np.nan, np.nan, np.nan, missing="no gap")
    bars = error_bars([Estimate(0.5, 0.25, 1.0), Estimate(2.0, 0.0, 1.5), Estimate(-1.0, -0.5, 3.0), unknown])
    np.testing.assert_array_equal(bars, [[0.25, 2.0, 0.0, np.nan], [0.5, 0.0, 4.0, np.nan]])
    _, panel = plt.subplots()
    panel.errorbar(range(4), [0.5, 2.0, -1.0, np.nan], yerr=bars)
    with pytest.raises(ValueError, match="must not contain negative values"):
        panel.errorbar([0], [2.0], yerr=[[2.0], [-0.5]])
