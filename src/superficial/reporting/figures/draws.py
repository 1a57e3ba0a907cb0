"""The figure over draws: of each claim, every draw's estimate, their mean and where a new draw is expected."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.measures.draws import mean_over_draws, prediction_interval
from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED
from superficial.reporting.draws import DrawnClaim, by_claim, verdict_over_draws
from superficial.reporting.figures.error_bars import error_bars
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES

CAPTION = (
    "Each claim in every draw: the estimate that decides it with its 95 % interval, filled where the claim is "
    "reproduced in that draw, a cross where it is not. Line and dark band: the mean over draws and its interval; light "
    "band: the 95 % prediction interval for a new draw; dotted: the ends of the range that the claim needs."
)
_MARKERS = {REPRODUCED: "o", NOT_REPRODUCED: "x", INCONCLUSIVE: "o"}
_COLUMNS = 4
_PANEL_INCHES = 1.5


def draw(drawn: list[DrawnClaim]) -> tuple[Figure, pd.DataFrame]:
    """Return the figure, a panel a claim, and the estimates that it draws."""
    claims = by_claim(drawn)
    rows = -(-len(claims) // _COLUMNS)
    size = (DOUBLE_COLUMN_INCHES, _PANEL_INCHES * rows)
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=size, squeeze=False)
    for panel, (name, draws) in zip(axes.flat, claims.items(), strict=False):
        _draw_claim(panel, draws)
        panel.set_title(f"{name}: {verdict_over_draws(draws)}")
    for panel in axes.flat[len(claims) :]:
        panel.axis("off")
    data = [
        {"claim": one.claim, "draw": one.draw, "estimate": one.estimate.value}
        | {"low": one.estimate.low, "high": one.estimate.high, "verdict": one.verdict}
        for one in drawn
    ]
    return figure, pd.DataFrame(data)


def _draw_claim(panel: Axes, draws: list[DrawnClaim]) -> None:
    values = np.array([one.estimate.value for one in draws])
    mean, predicted = mean_over_draws([one.estimate for one in draws]), prediction_interval(values)
    panel.axhspan(predicted.low, predicted.high, color="0.93", zorder=0)
    panel.axhspan(mean.low, mean.high, color="0.82", zorder=0)
    panel.axhline(mean.value, color="0.4", linewidth=0.8, zorder=1)
    for end in ("above", "below"):
        ends = np.array([getattr(one, end) for one in draws])
        if np.isfinite(ends).all():
            panel.plot(range(len(draws)), ends, color="C1", linestyle=":", linewidth=1, zorder=1)
    for at, one in enumerate(draws):
        panel.errorbar(
            *(at, one.estimate.value, error_bars([one.estimate])),
            fmt=_MARKERS[one.verdict],
            markersize=3,
            color="C0",
            markerfacecolor="C0" if one.verdict == REPRODUCED else "white",
            linewidth=0.8,
        )
    panel.set_xticks(range(len(draws)), [str(one.draw) for one in draws], rotation=90)
