"""Figure 2: KL to the aligned model by response position."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from superficial.measures import kl
from superficial.reporting.figures.style import SINGLE_COLUMN_INCHES
from superficial.reporting.results import Results

CAPTION = (
    "Mean KL to the aligned model by response position, of the base alone and with the superficial head; bands are "
    "95 % intervals over questions."
)
ALT = (
    "Two curves over the response position, with bands: the KL of the base to the aligned model, and that of the base "
    "with the head. The first ten positions are shaded."
)


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure of the main head, and the curves that it draws."""
    return draw_positions(results.positions(results.profile.main_head))


def draw_positions(positions: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Return the figure and the curves that it draws, given one row per prompt and response position."""
    curves = kl.by_position(positions, seed=0)
    figure, axes = plt.subplots(figsize=(SINGLE_COLUMN_INCHES, 2.1))
    axes.axvspan(-0.5, kl.FIRST_POSITIONS - 0.5, color="0.93", zorder=0)
    axes.text(
        kl.FIRST_POSITIONS / 2 - 0.5, 1.01, "first ten", transform=axes.get_xaxis_transform(), ha="center", va="bottom"
    )
    for curve, label, marker in (("kl_base", "base", "o"), ("kl_superficial", "base + superficial", "s")):
        axes.plot(curves["position"], curves[curve], label=label, marker=marker, markersize=2.5)
        axes.fill_between(curves["position"], curves[f"{curve}_low"], curves[f"{curve}_high"], alpha=0.25, linewidth=0)
    axes.set(xlabel="response position", ylabel="KL to the aligned model (nats)", ylim=(0, None), xlim=(-0.5, None))
    axes.legend(loc="upper right")
    return figure, curves
