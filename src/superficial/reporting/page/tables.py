"""Tables as the page shows them: those of scores with the paper's value in each cell, any other from its CSV."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.reporting.page.rows import benchmarks_of
from superficial.reporting.results import Results


@dataclass(frozen=True)
class Cell:
    """What a cell shows: text, an interval and the paper's value under it, and the variant and benchmarks behind it."""

    text: str
    interval: str = ""
    published: str = ""
    variant: str = ""
    benchmarks: str = ""
    number: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table of the page; `name` is that of its CSV."""

    name: str
    caption: str
    header: list[str]
    rows: list[list[Cell]] = field(default_factory=list)


def in_order(names: list[str]) -> list[str]:
    """Return names with the numbers in them in counting order: table2 before table10."""
    return sorted(
        names, key=lambda name: [(part.zfill(6) if part.isdigit() else part) for part in re.split(r"(\d+)", name)]
    )


def shown(value: Any) -> str:
    """Return a number or text of a CSV as a reader wants it."""
    if isinstance(value, float):
        if pd.isna(value):
            return "–"
        return (
            f"{value:.0f}"
            if value.is_integer() and abs(value) >= 10
            else f"{value:.3g}"
            if abs(value) < 0.001
            else f"{value:.3f}"
        )
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _caption(file: Path) -> str:
    text = file.with_suffix(".md")
    return text.read_text(encoding="utf-8").rstrip().rsplit("\n\n", 1)[-1] if text.is_file() else ""


def _triples(columns: list[str]) -> dict[str, tuple[str, str, str]]:
    """Return the columns that hold a value with its interval, by the value's."""
    found = {}
    for column in columns:
        stem = column.removesuffix("value")
        if column.endswith("value") and {f"{stem}low", f"{stem}high"} <= set(columns):
            found[column] = (stem.rstrip("_").replace("_", " ") or "value", f"{stem}low", f"{stem}high")
    return found


def plain_table(file: Path) -> PageTable:
    """Return any table from its CSV, values and their intervals in one column."""
    data = pd.read_csv(file, keep_default_na=False, na_values=[""])
    triples = _triples(list(data.columns))
    hidden = {end for _, low, high in triples.values() for end in (low, high)}
    columns = [column for column in data.columns if column not in hidden]
    header = [triples[column][0] if column in triples else column.replace("_", " ") for column in columns]
    rows = []
    for row in data.to_dict("records"):
        cells = []
        for column in columns:
            interval = ""
            if column in triples and not pd.isna(row[triples[column][1]]):
                interval = f"[{', '.join(shown(row[end]) for end in triples[column][1:])}]"
            numeric = pd.api.types.is_numeric_dtype(data[column]) and not pd.api.types.is_bool_dtype(data[column])
            value = "–" if not isinstance(row[column], str) and pd.isna(row[column]) else shown(row[column])
            cells.append(Cell(value, interval, number=numeric))
        rows.append(cells)
    return PageTable(file.stem, _caption(file), header, rows)


def scores_table(results: Results, file: Path) -> PageTable:
    """Return a table of variants and measures: recomputed, its interval, and the paper's value, in each cell."""
    data = pd.read_csv(file)
    measures = list(dict.fromkeys(data["measure"]))
    arrows = {"higher": "↑", "lower": "↓"}
    header = ["", *(f"{MEASURES[name].label} {arrows[MEASURES[name].better]}" for name in measures)]
    rows = []
    for variant, of in data.groupby("variant", sort=False):
        row = of["published_row"].iloc[0]
        cells = [Cell(variant, published="" if pd.isna(row) else f"paper: {row}")]
        for measure in measures:
            at = of[of["measure"] == measure].iloc[0]
            digits = 3 if MEASURES[measure].is_rate else 2
            cells.append(
                Cell(
                    f"{at['value']:.{digits}f}",
                    f"[{at['low']:.{digits}f}, {at['high']:.{digits}f}]",
                    "" if pd.isna(at["published"]) else f"paper {at['published']:.{digits}f}",
                    variant,
                    " ".join(benchmarks_of(measure, results, variant)),
                    number=True,
                )
            )
        rows.append(cells)
    return PageTable(file.stem, _caption(file), header, rows)


def page_tables(results: Results) -> list[PageTable]:
    """Return every table of the run, in counting order, those of scores first."""
    folder = results.folder / "tables"
    names = in_order([file.stem for file in folder.glob("*.csv")])
    first = [name for name in names if name.startswith("table")]
    return [
        scores_table(results, folder / f"{name}.csv")
        if name in results.profile.tables
        else plain_table(folder / f"{name}.csv")
        for name in [*first, *(name for name in names if name not in first)]
    ]
