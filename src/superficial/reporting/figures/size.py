"""Figure 7: the recovered share by the kilobytes of the head."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.measures.scores import MEASURES
from superficial.reporting import size
from superficial.reporting.figures.error_bars import error_bars
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.results import Results
from superficial.reporting.tables.size import size_data

CAPTION = (
    "The recovered share by the kilobytes of the head: of lower rank, with the rows of likely tokens alone, or with "
    "numbers of eight bits. Bars are 95 % intervals over questions; a ring is the smallest head that keeps enough, "
    "chosen on validation questions."
)
ALT = (
    "A panel for each of four rates: the recovered share by kilobytes of the head, on a logarithmic axis, with one "
    "kind of point each for the full head, lower ranks, fewer rows and eight-bit numbers."
)
# By kind of head: marker, colour, and name in the legend.
_STYLES = {
    "full": ("D", "C3", "full head"),
    "rank": ("o", "C0", "lower rank"),
    "rows": ("s", "C1", "fewer rows"),
    "int8": ("^", "C2", "eight bits"),
}


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure, one panel a rate, and the shares that it draws."""
    found = size.sizes(results)
    measures = list(found[0].shares)
    figure, axes = plt.subplots(1, len(measures), figsize=(DOUBLE_COLUMN_INCHES, 2.4), sharey=True, squeeze=False)
    for panel, measure in zip(axes[0], measures, strict=True):
        _draw_rate(panel, found, measure)
    axes[0][0].set(ylabel="recovered share")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return figure, size_data(found)


def _draw_rate(panel: Axes, found: list[size.Size], measure: str) -> None:
    for kind, (marker, color, name) in _STYLES.items():
        points = [one for one in found if one.kind == kind]
        shares = [one.shares[measure] for one in points]
        kilobytes, values = [one.kilobytes for one in points], [share.value for share in shares]
        line = "-" if kind == "rank" else "none"
        panel.errorbar(
            kilobytes,
            values,
            yerr=error_bars(shares),
            fmt=marker,
            color=color,
            markersize=3,
            linewidth=0.8,
            linestyle=line,
            label=name,
        )
    for one in found:
        if measure in one.smallest_for:
            value = one.shares[measure].value
            panel.plot(one.kilobytes, value, "o", markersize=9, markerfacecolor="none", color="0.3", linestyle="none")
    panel.set(xscale="log", xlabel="kilobytes", title=MEASURES[measure].label)
    if all(math.isnan(one.shares[measure].value) for one in found):
        panel.text(0.5, 0.5, "the gap is too small\nfor a share", ha="center", va="center", transform=panel.transAxes)
        panel.set(xticks=[])
