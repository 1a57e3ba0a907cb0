"""The depth curve of one pair of models, without benchmarks: KL and agreement by how many blocks are exchanged."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from superficial.measures import kl
from superficial.measures.intervals import ratio
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES, STYLE

_KL = (("first", "first ten positions", "o"), ("later", "later", "s"))


def summarize(positions: pd.DataFrame) -> pd.DataFrame:
    """Return one row a point: KL (nats) of the first ten and of later positions, and the share of agreeing tokens.

    Args:
        positions: one row a point and response position, see `superficial.depth.study.measure_depth`.
    """
    rows = []
    for point, part in positions.groupby("point", sort=False):
        means = kl.mean_by_part(part, seed=0)
        by_prompt = part.groupby("prompt")["agrees"].agg(["sum", "size"])
        row: dict[str, object] = {"point": point}
        for name, _, _ in _KL:
            row |= means[name].columns(f"kl_{name}_")
        rows.append(row | ratio(by_prompt["sum"], by_prompt["size"], seed=0).columns("agreement_"))
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> Figure:
    """Return the figure of `summarize`: residual KL, and agreement with the aligned model's tokens, by point."""
    with plt.style.context(STYLE):
        figure, panels = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN_INCHES, 2.6))
        places = np.arange(len(table))
        curves = [(panels[0], f"kl_{name}", label, marker) for name, label, marker in _KL]
        for panel, name, label, marker in [*curves, (panels[1], "agreement", None, "o")]:
            middle = table[f"{name}_value"]
            errors = [middle - table[f"{name}_low"], table[f"{name}_high"] - middle]
            panel.errorbar(places, middle, yerr=errors, marker=marker, markersize=3, label=label)
        panels[0].legend()
        panels[0].set(ylabel="residual KL (nats)", ylim=(0, None))
        panels[1].set(ylabel="agreement with the aligned model's token", ylim=(None, 1.02))
        for panel in panels:
            panel.set_xticks(places, table["point"], rotation=45, ha="right")
    return figure
