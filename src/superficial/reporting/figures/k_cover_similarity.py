"""Figure 3: k of a black-box head against the cover rate of shift tokens and the similarity of two bases' spaces."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.results import Results

CAPTION = (
    "The k of a black-box head: the larger it is, the more shift tokens are among the base's top k, and the less alike "
    "are the spaces of two base models' logits."
)
ALT = (
    "Left: three curves over k on a logarithmic axis, the cover rate of shift tokens, the similarity of two bases' "
    "spaces and their normalised overlap. Right: the cover rate against the similarity, each point labelled with its k."
)
_CURVES = (
    ("cover_rate", "shift token cover rate"),
    ("similarity", "similarity (Eq. 4)"),
    ("overlap", "normalised overlap"),
)
# The room of a label, as shares of the two axes.
_LABEL_WIDTH, _LABEL_HEIGHT = 0.09, 0.06


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
    for points in _labelled_together(sweep):
        label, position = ", ".join(map(str, points["k"])), points[["similarity", "cover_rate"]].mean()
        # Below the curve, a long label cannot reach that of the next point.
        offset, place = ((4, 2), "bottom") if len(points) == 1 else ((0, -5), "top")
        axes[1].annotate(f"k={label}", tuple(position), offset, textcoords="offset points", va=place, fontsize=6)
    axes[1].set(xlabel="similarity (Eq. 4)", ylabel="shift token cover rate")
    axes[1].margins(x=0.08)
    return figure, sweep


def _labelled_together(sweep: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the points, in the order of k, in groups of those whose labels would overlap."""
    spans = [float(np.ptp(sweep[name])) or 1.0 for name in ("similarity", "cover_rate")]
    groups: list[list[int]] = []
    for row in range(len(sweep)):
        before = groups[-1][-1] if groups else None
        steps = (
            []
            if before is None
            else [
                abs(sweep[name].iloc[row] - sweep[name].iloc[before]) / span
                for name, span in zip(("similarity", "cover_rate"), spans, strict=True)
            ]
        )
        if before is not None and steps[0] < _LABEL_WIDTH and steps[1] < _LABEL_HEIGHT:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [sweep.iloc[rows] for rows in groups]
