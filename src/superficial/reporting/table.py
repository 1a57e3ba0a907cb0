"""A table as data, and its three forms: CSV (every number, with its interval), Markdown and LaTeX (for reading)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from superficial.files import atomic_write
from superficial.measures.intervals import Estimate


@dataclass(frozen=True)
class Table:
    """A table: every number as data, the cells a reader sees, and one sentence on what it shows."""

    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame


def ranged(value: Estimate, digits: int) -> str:
    """Return a value with its interval, as a cell shows it."""
    if np.isnan(value.value):
        return "no gap"
    if np.isnan(value.value):
        return "not judged"
    if np.isnan(value.low):
        return f"{value.value:.{digits}f} [gap too small for an interval]"
    return f"{value.value:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


_TEX = str.maketrans(
    {sign: rf"\{sign}" for sign in "%_&#${}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\to$"}
)


def one_line(text: str) -> str:
    r"""Return a text with each line break written as \n: a row, a label and a word are of one line."""
    return text.replace("\r", r"\r").replace("\n", r"\n")


def _markdown(text: str) -> str:
    return text.replace("|", r"\|")


def tex(text: str) -> str:
    """Return a text as LaTeX."""
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
