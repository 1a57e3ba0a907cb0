"""A table as data, and its three files: CSV with every number, Markdown and LaTeX for reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from superficial.files import atomic_write
from superficial.measures.intervals import Estimate

FORMATS = ("csv", "md", "tex")


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: one or more sentences on what the table shows.
        data: every number, as the CSV holds it.
        shown: the cells as text, as Markdown and LaTeX show them.
    """

    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame


def with_interval(estimate: Estimate, decimals: int) -> str:
    """Return the text of a cell: the value with its interval, or why there is no value."""
    if np.isnan(estimate.value):
        return estimate.missing
    if np.isnan(estimate.low):
        return f"{estimate.value:.{decimals}f} [gap too small for an interval]"
    return f"{estimate.value:.{decimals}f} [{estimate.low:.{decimals}f}, {estimate.high:.{decimals}f}]"


def without_interval(estimate: Estimate, decimals: int, signed: bool = False) -> str:
    """Return the value alone, with a plus where it is `signed`, or why there is no value."""
    if np.isnan(estimate.value):
        return estimate.missing
    return f"{estimate.value:{'+' if signed else ''}.{decimals}f}"


_TEX = str.maketrans(
    {sign: rf"\{sign}" for sign in "%_&#${}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\to$"}
)


def one_line(text: str) -> str:
    r"""Return a text with each line break written as \n, so that a row, a label or a word stays on one line."""
    return text.replace("\r", r"\r").replace("\n", r"\n")


def _markdown(text: str) -> str:
    return text.replace("|", r"\|")


def tex(text: str) -> str:
    """Return a text with the special characters of LaTeX escaped."""
    return text.translate(_TEX)


def write_table(table: Table, folder: Path, name: str) -> None:
    """Write a table as CSV, Markdown and LaTeX (a `tabular` for booktabs)."""
    with atomic_write(folder / f"{name}.csv") as path:
        table.data.to_csv(path, index=False, float_format="%.6f")
    header, rows = list(table.shown.columns), table.shown.astype(str).map(one_line).to_numpy().tolist()
    with atomic_write(folder / f"{name}.md") as path:
        lines = [f"| {' | '.join(map(_markdown, row))} |\n" for row in (header, ["---"] * len(header), *rows)]
        path.write_text("".join(lines) + f"\n{table.caption}\n", encoding="utf-8")
    with atomic_write(folder / f"{name}.tex") as path:
        body = "".join(" & ".join(map(tex, row)) + " \\\\\n" for row in rows)
        head = " & ".join(map(tex, header))
        path.write_text(
            f"\\begin{{tabular}}{{{'l' * len(header)}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}\\bottomrule\n"
            f"\\end{{tabular}}\n",
            encoding="utf-8",
        )
