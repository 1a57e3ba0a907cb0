"""Figure 6: how deep alignment goes, by blocks from the top and from the bottom, and what each layer already says."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.measures.intervals import Estimate, ratio
from superficial.reporting import depth
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results
from superficial.reporting.tables.depth import depth_rows, label

CAPTION = (
    "Recovered share by how many blocks the base has from the aligned model, from the top and from the bottom, each "
    "time with a fresh head; the KL that is left; and how often the logit lens of a layer already shows the aligned "
    "model's token at shift tokens."
)
ALT = (
    "Four panels: recovered share of four rates by blocks from the top and by blocks from the bottom, residual KL by "
    "blocks from the top, and agreement of the logit lens by layer for base and aligned model."
)
_MARKERS = "os^D"


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure, and the points that it draws."""
    assert results.profile.depth is not None, "the profile studies depth"
    upper, lower = list(results.profile.depth.curves())[:2]
    top, bottom = depth.points_of(results, upper), depth.points_of(results, lower)
    figure, panels = plt.subplots(2, 2, figsize=(DOUBLE_COLUMN_INCHES, 4.4))
    on_top = [point for point in top if not np.isnan(point.blocks)]
    # Without and with all blocks, both sides are the same model.
    from_bottom = [on_top[0], *bottom, on_top[-1]]
    _draw_shares(panels[0, 0], on_top, "blocks from the top")
    _draw_shares(panels[0, 1], from_bottom, "blocks from the bottom")
    _draw_kl(panels[1, 0], on_top)
    lens = lens_shares(results)
    _draw_lens(panels[1, 1], lens)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
    data = pd.DataFrame(depth_rows([*top, *bottom]))
    return figure, pd.concat([data, lens], ignore_index=True)


def lens_shares(results: Results) -> pd.DataFrame:
    """Return at what share of shift tokens each layer's lens shows the aligned model's token, with its interval."""
    rows = []
    for (model, layer), part in results.depth_lens().groupby(["model", "layer"], sort=False):
        share = ratio(part["agreeing_shifted"], part["shifted"], seed=0)
        rows.append(
            {"point": f"lens of {model}, layer {layer}", "model": model, "layer": layer} | share.columns("lens_")
        )
    return pd.DataFrame(rows)


def _draw_shares(panel: Axes, points: list[depth.PointShares], axis: str) -> None:
    measures = [measure for measure in points[0].shares if measure != ALL_FOUR]
    for number, (measure, marker) in enumerate(zip(measures, _MARKERS, strict=False)):
        shift = 0.06 * (number - (len(measures) - 1) / 2)
        _errorbar(panel, points, [point.shares[measure] for point in points], shift, marker, label(measure))
    panel.axhline(1, color="0.8", linewidth=0.8, zorder=0)
    panel.set(xlabel=axis, ylabel="recovered share")


def _draw_kl(panel: Axes, points: list[depth.PointShares]) -> None:
    for part, marker, name in ((depth.FIRST, "o", "first ten positions"), (depth.LATER, "s", "later")):
        _errorbar(panel, points, [point.kl[part] for point in points], 0.0, marker, name)
    panel.set(xlabel="blocks from the top", ylabel="residual KL (nats)", ylim=(0, None))
    panel.legend()


def _draw_lens(panel: Axes, lens: pd.DataFrame) -> None:
    for (model, part), marker in zip(lens.groupby("model", sort=False), _MARKERS, strict=False):
        errors = [part["lens_value"] - part["lens_low"], part["lens_high"] - part["lens_value"]]
        panel.errorbar(part["layer"], part["lens_value"], yerr=errors, marker=marker, markersize=2.5, label=str(model))
    panel.set(xlabel="layer (logit lens)", ylabel="aligned token at shifts", ylim=(0, 1.02))
    panel.legend()


def _errorbar(
    panel: Axes, points: list[depth.PointShares], values: list[Estimate], shift: float, marker: str, name: str
) -> None:
    middle = np.array([value.value for value in values])
    errors = np.array([[value.value - value.low, value.high - value.value] for value in values]).T
    blocks = np.array([point.blocks for point in points]) + shift
    panel.errorbar(blocks, middle, yerr=errors, marker=marker, markersize=2.5, linewidth=1, label=name)
