"""Figure 6: how deep alignment goes, by blocks from the top and from the bottom, and what each layer already says."""

from __future__ import annotations

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.depth_points import point_name
from superficial.measures.intervals import Estimate, ratio
from superficial.reporting import depth
from superficial.reporting.figures.error_bars import error_bars
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results
from superficial.reporting.tables.depth import depth_rows, label
from superficial.reporting.tables.planted_depth import mean_kl, planted_block

CAPTION = (
    "Above: recovered share by how many blocks the base has from the aligned model, from the top and from the bottom, "
    "each time with a fresh head; and what the top and all other blocks regain only together. Below: the KL that is "
    "left; where a run has such pairs, the KL that is left where only one block was trained, a known answer: it must "
    "vanish at the dotted line; and how often the logit lens of a layer already shows the aligned model's token at "
    "shift tokens. Bars are 95 % intervals over questions; rates whose gap is too small for one are left out."
)
ALT = (
    "Up to six panels: recovered share of four rates by blocks from the top, by blocks from the bottom, and what both "
    "regain only together; residual KL by blocks from either side; residual KL of models of which one block was "
    "trained; agreement of the logit lens by layer for base and aligned model."
)
_MARKERS = "os^D"
_FROM_TOP, _FROM_BOTTOM = "blocks from the top", "blocks from the bottom"


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure, and the points that it draws."""
    assert results.profile.depth is not None, "the profile studies depth"
    upper, lower = list(results.profile.depth.curves())[:2]
    top, bottom = depth.points_of(results, upper), depth.points_of(results, lower)
    together, lens, planted = depth.interactions(results), lens_shares(results), planted_curves(results)
    figure, panels = plt.subplots(2, 3, figsize=(DOUBLE_COLUMN_INCHES, 4.4))
    panels[0, 1].sharey(panels[0, 0])
    on_top = [point for point in top if not np.isnan(point.blocks)]
    # Without and with all blocks, both sides are the same model.
    from_bottom = [on_top[0], *bottom, on_top[-1]]
    _draw_shares(panels[0, 0], on_top, _FROM_TOP, "recovered share")
    _draw_shares(panels[0, 1], from_bottom, _FROM_BOTTOM, "recovered share")
    _draw_shares(panels[0, 2], together, f"{_FROM_TOP},\nall others from the bottom", "share, only together")
    _draw_kl(panels[1, 0], on_top, from_bottom)
    if len(planted):
        _draw_planted(panels[1, 1], planted)
    else:
        panels[1, 1].set_axis_off()
    _draw_lens(panels[1, 2], lens)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
    data = pd.DataFrame(depth_rows([*top, *bottom, *together]))
    return figure, pd.concat([data, planted, lens], ignore_index=True)


def planted_curves(results: Results) -> pd.DataFrame:
    """Return the mean KL (nats) by blocks from the top where only some blocks were trained.

    `needed` is from how many blocks on a graft has the lowest of them.
    """
    assert results.profile.depth is not None, "the profile studies depth"
    rows = []
    for pair in results.profile.depth.planted:
        curve = f"{pair}-top"
        kl, count = mean_kl(results.depth_positions(curve)), depth.block_count(depth.curve_scores(results, curve))
        block = planted_block(results, pair)
        rows += [
            {"point": f"{pair}, {point_name('top', m)}", "planted": block, "blocks": m, "needed": count - block}
            | {"kl": kl[point_name("top", m)]}
            for m in range(count + 1)
        ]
    return pd.DataFrame(rows, columns=["point", "planted", "blocks", "needed", "kl"])


def lens_shares(results: Results) -> pd.DataFrame:
    """Return at what share of shift tokens each layer's lens shows the aligned model's token, with its interval."""
    rows = []
    for (model, layer), part in results.depth_lens().groupby(["model", "layer"], sort=False):
        share = ratio(part["agreeing_shifted"], part["shifted"], seed=0)
        rows.append(
            {"point": f"lens of {model}, layer {layer}", "model": model, "layer": layer} | share.columns("lens_")
        )
    return pd.DataFrame(rows)


def _draw_shares(panel: Axes, points: list[depth.PointShares], xlabel: str, ylabel: str) -> None:
    # A share of a gap that is too small for an interval can be anything.
    measures = [
        measure
        for measure in points[0].shares
        if measure != ALL_FOUR and any(np.isfinite(point.shares[measure].low) for point in points)
    ]
    for number, (measure, marker) in enumerate(zip(measures, _MARKERS, strict=False)):
        shift = 0.1 * (number - (len(measures) - 1) / 2)
        _errorbar(panel, points, [point.shares[measure] for point in points], shift, marker, label(measure))
    for whole in (0, 1):
        panel.axhline(whole, color="0.8", linewidth=0.8, zorder=0)
    panel.set(xlabel=xlabel, ylabel=ylabel)


def _draw_kl(panel: Axes, top: list[depth.PointShares], bottom: list[depth.PointShares]) -> None:
    parts = {depth.FIRST: "first ten positions", depth.LATER: "later"}
    series = [(part, side) for part in parts for side in (top, bottom)]
    for (part, points), marker in zip(series, _MARKERS, strict=True):
        name = f"{parts[part]}, {'top' if points is top else 'bottom'}"
        _errorbar(panel, points, [point.kl[part] for point in points], 0.0, marker, name)
    panel.set(xlabel="blocks", ylabel="residual KL (nats)", ylim=(0, None))
    panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_planted(panel: Axes, planted: pd.DataFrame) -> None:
    for number, ((block, part), marker) in enumerate(
        zip(planted.groupby("planted", sort=False), cycle(_MARKERS), strict=False)
    ):
        color = f"C{number % len(_MARKERS)}"
        panel.plot(part["blocks"], part["kl"], color=color, marker=marker, markersize=2.5, label=f"only block {block}")
        panel.axvline(part["needed"].iloc[0], color=color, linestyle=":", linewidth=0.8, zorder=0)
    panel.set(xlabel=_FROM_TOP, ylabel="residual KL (nats)", ylim=(0, None))
    panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_lens(panel: Axes, lens: pd.DataFrame) -> None:
    for (model, part), marker in zip(lens.groupby("model", sort=False), _MARKERS, strict=False):
        errors = [part["lens_value"] - part["lens_low"], part["lens_high"] - part["lens_value"]]
        panel.errorbar(part["layer"], part["lens_value"], yerr=errors, marker=marker, markersize=2.5, label=str(model))
    panel.set(xlabel="layer (logit lens)", ylabel="aligned token at shifts", ylim=(0, 1.02))
    panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _errorbar(
    panel: Axes, points: list[depth.PointShares], values: list[Estimate], shift: float, marker: str, name: str
) -> None:
    middle = np.array([value.value for value in values])
    errors = error_bars(values)
    blocks = np.array([point.blocks for point in points]) + shift
    panel.errorbar(blocks, middle, yerr=errors, marker=marker, markersize=2.5, linewidth=1, elinewidth=0.6, label=name)
