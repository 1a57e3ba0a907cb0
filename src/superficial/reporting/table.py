"""A table as data, and its three files: CSV with every number, Markdown and LaTeX for reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from superficial.files import atomic_write
from superficial.measures.intervals import Estimate
from superficial.reporting.visible import visible

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
    # How tokenizers write a blank and a line break inside tokens.
    | {"␣": r"\textvisiblespace{}", "▁": r"\textvisiblespace{}", "Ġ": r"\.{G}", "Ċ": r"\.{C}"}
)
# What the article's fonts have: ASCII, letters of Western Europe, dashes, quotation marks, and what is translated.
_IN_TEX = {*range(0x20, 0x7F), *range(0xC0, 0x100), 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, *_TEX}
_IN_TEX -= {0xD7, 0xF7}


def _markdown(text: str) -> str:
    return text.replace("|", r"\|")


def tex(text: str) -> str:
    """Return a text for LaTeX: its special characters escaped, and visible escapes for those that its font lacks."""
    # Two hyphens would be joined into a dash, and two commas or quotes into a quotation mark.
    return re.sub(r"([-,'`])(?=\1)", r"\1{}", visible(text, _IN_TEX).translate(_TEX))


def tex_row(cells: Sequence[str]) -> str:
    r"""Return a row of a LaTeX table from its cells; they are LaTeX already.

    A row that begins with [ or * would be read as an argument of the \\ or of the rule before it.
    """
    guard = "{}" if cells[0].lstrip().startswith(("[", "*")) else ""
    return f"{guard}{' & '.join(cells)} \\\\\n"


def write_table(table: Table, folder: Path, name: str) -> None:
    """Write a table as CSV, Markdown and LaTeX (a `tabular` for booktabs)."""
    with atomic_write(folder / f"{name}.csv") as path:
        # Unlike a line feed, a carriage return is not put in quotes, and readers take it for the end of a row.
        texts = table.data.select_dtypes(exclude=["number", "bool"])
        texts = texts.map(lambda value: value.replace("\r", r"\r") if isinstance(value, str) else value)
        table.data.assign(**{str(name): texts[name] for name in texts}).to_csv(path, index=False, float_format="%.6f")
    header, rows = list(table.shown.columns), table.shown.astype(str).map(visible).to_numpy().tolist()
    with atomic_write(folder / f"{name}.md") as path:
        lines = [f"| {' | '.join(map(_markdown, row))} |\n" for row in (header, ["---"] * len(header), *rows)]
        path.write_text("".join(lines) + f"\n{table.caption}\n", encoding="utf-8")
    with atomic_write(folder / f"{name}.tex") as path:
        head, *body = (tex_row(list(map(tex, row))) for row in (header, *rows))
        path.write_text(
            f"\\begin{{tabular}}{{{'l' * len(header)}}}\n\\toprule\n{head}\\midrule\n{''.join(body)}\\bottomrule\n"
            f"\\end{{tabular}}\n",
            encoding="utf-8",
        )
