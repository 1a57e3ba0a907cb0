"""Tables as the page shows them: tables of scores with the paper's value in each cell, all others from their CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.artifacts import TABLE
from superficial.measures.scores import MEASURES
from superficial.reporting.page.rows import benchmarks_of
from superficial.reporting.results import Results
from superficial.reporting.visible import visible

_NOTHING = "–"


@dataclass(frozen=True)
class Cell:
    """The content of a cell.

    Attributes:
        text: the value, or why there is none.
        interval: its interval, how many questions were judged where that is not all, and the share of garbled
            responses where there are any.
        published: the paper's value.
        variant: the variant whose questions the cell opens; empty where it opens none.
        benchmarks: the benchmarks of these questions, separated by blanks.
        is_number: whether the cell is aligned as a number.
    """

    text: str
    interval: str = ""
    published: str = ""
    variant: str = ""
    benchmarks: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table of the page; `name` is that of its CSV."""

    name: str
    caption: str
    header: list[str]
    rows: list[list[Cell]] = field(default_factory=list)


def page_tables(results: Results) -> list[PageTable]:
    """Return every table of the run in counting order, tables of scores first."""
    files = {file.stem: file for file in TABLE.files_in(results.folder) if file.suffix == ".csv"}
    names = in_counting_order(list(files))
    first = [name for name in names if name.startswith("table")]
    return [
        scores_table(results, files[name]) if name in results.profile.tables else plain_table(files[name])
        for name in [*first, *(name for name in names if name not in first)]
    ]


def in_counting_order(names: list[str]) -> list[str]:
    """Return names sorted so that the numbers in them count: table2 before table10."""
    return sorted(
        names, key=lambda name: [part.zfill(6) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
    )


def scores_table(results: Results, file: Path) -> PageTable:
    """Return a table of variants and measures; each cell has the value, its interval and the paper's value."""
    data = pd.read_csv(file)
    measures = list(dict.fromkeys(data["measure"]))
    header = ["", *(MEASURES[name].heading for name in measures)]
    rows = []
    for variant, of_variant in data.groupby("variant", sort=False):
        published_row = of_variant["published_row"].iloc[0]
        cells = [Cell(str(variant), published="" if pd.isna(published_row) else f"paper: {published_row}")]
        for row in of_variant.set_index("measure").loc[measures].reset_index().to_dict("records"):
            cells.append(_score_cell(row, " ".join(benchmarks_of(row["measure"], results, str(variant)))))
        rows.append(cells)
    return PageTable(file.stem, _caption(file), header, rows)


def _score_cell(row: Mapping[str, Any], benchmarks: str) -> Cell:
    decimals, questions = MEASURES[row["measure"]].decimals, row["n"] + row["not_judged"]
    text, interval = "not judged", ""
    if not pd.isna(row["value"]):
        text = f"{row['value']:.{decimals}f}"
        interval = f"[{row['low']:.{decimals}f}, {row['high']:.{decimals}f}]"
        interval += f", {row['n']} of {questions} judged" if row["not_judged"] else ""
        interval += f", garbled {row['garbled']:.3f}" if row["garbled"] > 0 else ""
    published = "" if pd.isna(row["published"]) else f"paper {row['published']:.{decimals}f}"
    return Cell(text, interval, published, row["variant"], benchmarks, is_number=True)


def plain_table(file: Path) -> PageTable:
    """Return any table from its CSV, each value with its interval in one column."""
    data = pd.read_csv(file, keep_default_na=False, na_values=[""])
    intervals = _intervals(list(data.columns))
    ends = {end for _, *ends in intervals.values() for end in ends}
    columns = [column for column in data.columns if column not in ends]
    header = [intervals[column][0] if column in intervals else column.replace("_", " ") for column in columns]
    rows = [
        [_plain_cell(row, column, data[column], intervals) for column in columns] for row in data.to_dict("records")
    ]
    return PageTable(file.stem, _caption(file), header, rows)


def _plain_cell(
    row: Mapping[Any, Any], column: str, values: pd.Series, intervals: dict[str, tuple[str, str, str]]
) -> Cell:
    interval = ""
    if column in intervals:
        _, low, high = intervals[column]
        interval = "" if pd.isna(row[low]) else f"[{readable(row[low])}, {readable(row[high])}]"
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return Cell(readable(row[column]), interval, is_number=is_number)


def readable(value: Any) -> str:
    """Return a number, text or truth value of a CSV as a reader expects it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return "\n".join(map(visible, value.split("\n")))
    if pd.isna(value):
        return _NOTHING
    if not isinstance(value, float):
        return str(value)
    if value.is_integer() and abs(value) >= 10:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 0.001 else f"{value:.3f}"


def _intervals(columns: list[str]) -> dict[str, tuple[str, str, str]]:
    """Return the columns that have an interval, each with its title and the columns of the interval's ends."""
    intervals = {}
    for column in columns:
        stem = column.removesuffix("value")
        if column.endswith("value") and {f"{stem}low", f"{stem}high"} <= set(columns):
            intervals[column] = (stem.rstrip("_").replace("_", " ") or "value", f"{stem}low", f"{stem}high")
    return intervals


def _caption(file: Path) -> str:
    markdown = file.with_suffix(".md")
    return markdown.read_text(encoding="utf-8").rstrip().rsplit("\n\n", 1)[-1] if markdown.is_file() else ""
