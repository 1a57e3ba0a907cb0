"""Figure 5: recovered shares where one choice of the distillation is changed."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.measures.scores import MEASURES
from superficial.reporting import sensitivity
from superficial.reporting.figures.error_bars import error_bars
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.results import Results

CAPTION = (
    "The recovered shares where one choice of the distillation is another; bars are 95 % intervals over questions."
)
ALT = (
    "One panel a measure, one row a choice of the distillation: each share as a point with its interval, and a "
    "vertical line at the share that is reported elsewhere."
)


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure and the shares that it draws. A vertical line marks the share that is reported elsewhere."""
    settings, measures = sensitivity.study(results), sensitivity.measures(results)
    figure, axes = plt.subplots(
        1, len(measures), figsize=(DOUBLE_COLUMN_INCHES, 0.22 * len(settings) + 0.9), sharey=True
    )
    panels = np.atleast_1d(axes)
    for panel, measure, color in zip(panels, measures, ("C0", "C1"), strict=False):
        _draw_shares(panel, settings, measure, color)
    panels[0].invert_yaxis()
    return figure, sensitivity.as_data(settings)


def _draw_shares(panel: Axes, settings: list[sensitivity.Setting], measure: str, color: str) -> None:
    shares = [setting.shares[measure] for setting in settings]
    values = np.array([share.value for share in shares])
    errors = error_bars(shares)
    panel.axvline(values[0], color="0.6", linewidth=1, zorder=0)
    panel.errorbar(values, range(len(values)), xerr=errors, fmt="o", markersize=3, color=color, linewidth=1)
    for row, share in enumerate(shares):
        if share.missing:
            middle = panel.get_yaxis_transform()
            panel.text(0.5, row, share.missing, transform=middle, ha="center", va="center", fontsize=6)
    # An axis of the study is named once, at its first setting.
    axis = pd.Series([setting.axis for setting in settings])
    is_first = axis.ne(axis.shift())
    labels = [f"{s.axis}   {s.way}".strip() if first else s.way for s, first in zip(settings, is_first, strict=True)]
    for row in np.flatnonzero(is_first)[1:]:
        panel.axhline(row - 0.5, color="0.9", linewidth=0.8, zorder=0)
    panel.set(xlabel=f"recovered share, {MEASURES[measure].label}")
    panel.set_yticks(range(len(values)), labels)
