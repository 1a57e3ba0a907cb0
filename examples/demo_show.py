"""What the demo on a pretrained model leaves: its numbers, a table and a figure, each with the demo's label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from superficial.files import atomic_write
from superficial.measures import kl
from superficial.measures.intervals import Estimate
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES, STYLE
from superficial.reporting.table import Table, with_interval, write_table

LABEL = "Demo on SmolLM2-135M-Instruct with refusals by key words; these are not the paper's numbers."
MODELS = ("stock", "safety-tuned", "attacked", "restored")


def _percent(share: Estimate) -> Estimate:
    return Estimate(100 * share.value, 100 * share.low, 100 * share.high)


def _table(numbers: dict[str, Any]) -> Table:
    rows = [{"model": name, **{kind: Estimate(**by[kind]) for kind in by}} for name, by in numbers["refusals"].items()]
    headers = {"harmful": "Refusals on harmful (%)", "benign": "Over-refusals on benign (%)"}
    shown = [
        {"Model": row["model"], **{header: with_interval(_percent(row[kind]), 1) for kind, header in headers.items()}}
        for row in rows
    ]
    data = [{"model": row["model"], "measure": kind, **row[kind].columns()} for row in rows for kind in headers]
    return Table(
        f"{LABEL} Restored: attacked, with a head learned from the safety-tuned model.",
        pd.DataFrame(data),
        pd.DataFrame(shown),
    )


def _figure(numbers: dict[str, Any], positions: pd.DataFrame) -> Figure:
    curves = kl.by_position(positions, seed=0)
    figure, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN_INCHES, 2.4))
    for curve, label, marker in (("kl_base", "attacked", "o"), ("kl_superficial", "restored", "s")):
        left.plot(curves["position"], curves[curve], label=label, marker=marker, markersize=2.5)
        left.fill_between(curves["position"], curves[f"{curve}_low"], curves[f"{curve}_high"], alpha=0.25, linewidth=0)
    left.set(xlabel="response position", ylabel="KL to safety-tuned (nats)", ylim=(0, None))
    left.legend()
    for number, (kind, label) in enumerate((("harmful", "harmful requests"), ("benign", "benign requests"))):
        found = [numbers["refusals"][name][kind] for name in MODELS]
        values = [100 * one["value"] for one in found]
        errors = [
            [100 * max(0.0, sign * (one["value"] - one[end])) for one in found]
            for sign, end in ((1, "low"), (-1, "high"))
        ]
        places = [at + 0.4 * (number - 0.5) for at in range(len(MODELS))]
        right.bar(places, values, 0.38, yerr=errors, label=label, error_kw={"linewidth": 0.8})
    right.set_xticks(range(len(MODELS)), MODELS)
    right.set(ylabel="declined (%)", ylim=(0, 130), yticks=range(0, 101, 25))
    right.legend(ncols=2, loc="upper center")
    figure.suptitle(LABEL, fontsize="small")
    return figure


def write(numbers: dict[str, Any], positions: pd.DataFrame, out: Path) -> None:
    """Write the numbers as demo.json, the table in its three forms, the figure with what it draws."""
    with atomic_write(out / "demo.json") as path:
        path.write_text(json.dumps({"label": LABEL} | numbers, indent=1), encoding="utf-8")
    write_table(_table(numbers), out, "refusals")
    with atomic_write(out / "kl-by-position.csv") as path:
        kl.by_position(positions, seed=0).to_csv(path, index=False, float_format="%.6f")
    with plt.style.context(STYLE):
        figure = _figure(numbers, positions)
        for suffix in ("pdf", "png"):
            with atomic_write(out / f"demo.{suffix}") as path:
                figure.savefig(path, format=suffix)
        plt.close(figure)
