"""Writes the results of the demo: its numbers, a table and a figure, each labelled as not the paper's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superficial.files import atomic_write
from superficial.measures import kl
from superficial.measures.intervals import Estimate
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES, STYLE
from superficial.reporting.table import Table, with_interval, write_table

LABEL = "Demo on SmolLM2-135M-Instruct with refusals by key words; these are not the paper's numbers."
MODELS = ("stock", "safety-tuned", "attacked", "restored")


# The share of declined requests (value, low, high) by model and by kind of request.
Refusals = dict[str, dict[str, dict[str, float]]]


def _table(refusals: Refusals) -> Table:
    headers = {"harmful": "Refusals on harmful (%)", "benign": "Over-refusals on benign (%)"}
    shown = [
        {"Model": model, **{header: _percent(by_kind[kind]) for kind, header in headers.items()}}
        for model, by_kind in refusals.items()
    ]
    data = [
        {"model": model, "measure": kind, **by_kind[kind]} for model, by_kind in refusals.items() for kind in headers
    ]
    return Table(
        f"{LABEL} Restored: attacked, with a head learned from the safety-tuned model.",
        pd.DataFrame(data),
        pd.DataFrame(shown),
    )


def _percent(share: dict[str, float]) -> str:
    return with_interval(Estimate(100 * share["value"], 100 * share["low"], 100 * share["high"]), 1)


def _figure(refusals: Refusals, positions: pd.DataFrame) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN_INCHES, 2.4))
    _draw_kl(left, positions)
    _draw_refusals(right, refusals)
    figure.suptitle(LABEL, fontsize="small")
    return figure


def _draw_kl(axes: Axes, positions: pd.DataFrame) -> None:
    curves = kl.by_position(positions, seed=0)
    for curve, label, marker in (("kl_base", "attacked", "o"), ("kl_superficial", "restored", "s")):
        axes.plot(curves["position"], curves[curve], label=label, marker=marker, markersize=2.5)
        axes.fill_between(curves["position"], curves[f"{curve}_low"], curves[f"{curve}_high"], alpha=0.25, linewidth=0)
    axes.set(xlabel="response position", ylabel="KL to safety-tuned (nats)", ylim=(0, None))
    axes.legend()


def _draw_refusals(axes: Axes, refusals: Refusals) -> None:
    for shift, kind in ((-0.2, "harmful"), (0.2, "benign")):
        shares = [refusals[model][kind] for model in MODELS]
        values = [100 * share["value"] for share in shares]
        errors = [
            [100 * max(0.0, share["value"] - share["low"]) for share in shares],
            [100 * max(0.0, share["high"] - share["value"]) for share in shares],
        ]
        places = [place + shift for place in range(len(MODELS))]
        axes.bar(places, values, 0.38, yerr=errors, label=f"{kind} requests", error_kw={"linewidth": 0.8})
    axes.set_xticks(range(len(MODELS)), MODELS)
    axes.set(ylabel="declined (%)", ylim=(0, 130), yticks=range(0, 101, 25))
    axes.legend(ncols=2, loc="upper center")


def write_results(numbers: dict[str, Any], positions: pd.DataFrame, out: Path) -> None:
    """Write demo.json, the table refusals (CSV, Markdown, LaTeX), and the figure demo (PDF, PNG) with its data."""
    with atomic_write(out / "demo.json") as path:
        path.write_text(json.dumps({"label": LABEL} | numbers, indent=1), encoding="utf-8")
    write_table(_table(numbers["refusals"]), out, "refusals")
    with atomic_write(out / "kl-by-position.csv") as path:
        kl.by_position(positions, seed=0).to_csv(path, index=False, float_format="%.6f")
    with plt.style.context(STYLE):
        figure = _figure(numbers["refusals"], positions)
        for suffix in ("pdf", "png"):
            with atomic_write(out / f"demo.{suffix}") as path:
                figure.savefig(path, format=suffix)
        plt.close(figure)
