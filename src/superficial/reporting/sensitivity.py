"""Which choices of the distillation the recovered shares depend on: one table, one figure."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from superficial.measures.recovery import recovered_share
from superficial.measures.scores import MEASURES, per_question
from superficial.reporting.results import Results

AS_REPORTED = "as reported"


def _share(results: Results, scores: dict[str, pd.DataFrame], measure: str) -> dict[str, float]:
    names = results.profile.recovery[results.sensitivity_study.comparison][0]
    base, aligned = (per_question(results.scores(name), measure) for name in (names.base, names.aligned))
    found = recovered_share([base], [aligned], [per_question(scores, measure)], seed=0)
    return {measure: found.value, f"{measure}_low": found.low, f"{measure}_high": found.high}


def measured(results: Results) -> list[str]:
    """Return the measures that a study's benchmarks give a recovered share of."""
    asked = results.sensitivity_study.benchmarks
    return [name for name, measure in MEASURES.items() if measure.benchmark in asked and measure.is_rate]


def shares(results: Results) -> pd.DataFrame:
    """Return, one row a way of learning the head: axis, way, validation KL (nats), garbled, recovered shares.

    The first row is the head as it is reported everywhere else.
    """
    study = results.sensitivity_study
    student = results.profile.recovery[study.comparison][0].student
    head = results.profile.variants[student].head
    assert head is not None, f"{student} has no head"
    ways = [(AS_REPORTED, "", results.scores(student), min(results.card(head)["validation_kl"]))]
    for axis in study.axes:
        recorded = results.sensitivity(axis)
        for way, rows in recorded.groupby("way", sort=False):
            ways.append((axis, way, dict(tuple(rows.groupby("benchmark"))), rows["validation_kl"].iloc[0]))
    table = []
    for axis, way, scores, validation_kl in ways:
        asked = {name: scores[name] for name in study.benchmarks}
        garbled = float(np.mean(per_question(asked, "garbled")))
        row = {"axis": axis, "way": way, "validation_kl": validation_kl, "garbled": garbled}
        table.append(row | {k: v for measure in measured(results) for k, v in _share(results, asked, measure).items()})
    return pd.DataFrame(table)


def fig5_sensitivity(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Draw the recovered shares, with intervals, for each way of learning the head; the line is the one reported."""
    table = shares(results)
    names = measured(results)
    figure, axes = plt.subplots(1, len(names), figsize=(7, 0.22 * len(table) + 0.9), sharey=True)
    rows = range(len(table))
    # An axis is named once, at its first way.
    first = table["axis"].ne(table["axis"].shift())
    labels = [f"{a}   {w}" if new else w for a, w, new in zip(table["axis"], table["way"], first, strict=True)]
    for panel, name, color in zip(np.atleast_1d(axes), names, ("C0", "C1"), strict=False):
        low, high = (table[name] - table[f"{name}_low"]), (table[f"{name}_high"] - table[name])
        panel.axvline(table[name][0], color="0.6", linewidth=1, zorder=0)
        panel.errorbar(table[name], rows, xerr=[low, high], fmt="o", markersize=3, color=color, linewidth=1)
        for row in np.flatnonzero(first)[1:]:
            panel.axhline(row - 0.5, color="0.9", linewidth=0.8, zorder=0)
        panel.set(xlabel=f"recovered share, {MEASURES[name].label}")
        panel.set_yticks(rows, labels)
    np.atleast_1d(axes)[0].invert_yaxis()
    return figure, table
