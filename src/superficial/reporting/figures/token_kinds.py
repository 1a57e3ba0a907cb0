"""Figure 8: where alignment acts, and what the head takes over, by kind of token."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from superficial.reporting.figures.error_bars import error_bars
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.results import Results
from superficial.reporting.tables.token_kinds import kinds_data
from superficial.reporting.token_kinds import main_head_kinds

CAPTION = (
    "By kind of the aligned model's token: the share of shift tokens, the KL to the aligned model without and with the "
    "head, and the share of this KL that the head takes away. In parentheses: how many positions. Bars are 95 % "
    "intervals over questions."
)
ALT = (
    "Three panels with one row a kind of token: the share of shift tokens, the KL of the base and with the head, and "
    "the recovered KL."
)
_PANELS = (
    ("share of shift tokens", ("shifted",)),
    ("KL (nats)", ("kl_base", "kl_superficial")),
    ("recovered KL", ("recovered_kl",)),
)
_LABELS = {"kl_base": "base", "kl_superficial": "with the head"}


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure, and the numbers that it draws."""
    measured = main_head_kinds(results)
    figure, panels = plt.subplots(1, 3, figsize=(DOUBLE_COLUMN_INCHES, 0.25 * len(measured) + 1.1), sharey=True)
    for panel, (axis, names) in zip(panels, _PANELS, strict=True):
        for number, name in enumerate(names):
            estimates = [getattr(one, name) for one in measured]
            values = np.array([one.value for one in estimates])
            rows = np.arange(len(measured)) + 0.16 * (number - (len(names) - 1) / 2)
            marker, color = "os"[number], f"C{number}"
            panel.errorbar(
                values,
                rows,
                xerr=error_bars(estimates),
                fmt=marker,
                color=color,
                markersize=3,
                linestyle="none",
                label=_LABELS.get(name),
            )
        panel.set(xlabel=axis)
    figure.legend(*panels[1].get_legend_handles_labels(), loc="outside upper center", ncols=2, title="KL")
    panels[0].set_yticks(range(len(measured)), [f"{one.kind} ({one.positions})" for one in measured])
    panels[0].invert_yaxis()
    return figure, kinds_data(measured)
