"""Figure 3: k of a black-box head against the cover rate of shift tokens and the similarity of two bases' spaces."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.results import Results

CAPTION = (
    "The k of a black-box head: the larger it is, the more shift tokens are among the base's top k, and the less alike "
    "are the spaces of two base models' logits."
)
_CURVES = (
    ("cover_rate", "shift token cover rate"),
    ("similarity", "similarity (Eq. 4)"),
    ("overlap", "normalised overlap"),
)


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure and the curves that it draws."""
    sweep = results.sweep()
    figure, axes = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN_INCHES, 2.3))
    for (column, label), marker in zip(_CURVES, "os^", strict=True):
        axes[0].plot(sweep["k"], sweep[column], label=label, marker=marker, markersize=2.5)
    axes[0].set(xscale="log", xlabel="k", ylabel="share", ylim=(0, 1.02))
    axes[0].xaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside upper left", ncols=3)
    axes[1].plot(sweep["similarity"], sweep["cover_rate"], marker="o", markersize=2.5)
    # Points that would overlap share a label.
    for _, points in sweep.groupby([sweep["similarity"].round(2), sweep["cover_rate"].round(1)], sort=False):
        point, label = points.iloc[0], " and ".join(map(str, points["k"]))
        position = (point.similarity, point.cover_rate)
        axes[1].annotate(f"k={label}", position, (4, 2), textcoords="offset points", fontsize=6)
    axes[1].set(xlabel="similarity (Eq. 4)", ylabel="shift token cover rate")
    return figure, sweep
