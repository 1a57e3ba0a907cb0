"""Reads published.yaml: every number the paper prints, with its place, unit and direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from superficial.documents import checked, read_yaml

Direction = Literal["higher", "lower"]
Reading = Literal["pooled", "ratios", "absolute"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A measure as the paper prints it; `questions` is how many test questions it is of (None: the paper is silent)."""

    label: str
    unit: Literal["share", "points"]
    better: Direction
    decimals: PositiveInt
    range: tuple[float, float]
    questions: PositiveInt | None


class Row(_Strict):
    """A row of a table: values by column and, from the row `base`, the changes that are printed beside them."""

    base: str | None = None
    values: Annotated[dict[str, float], Field(min_length=1)]
    changes: dict[str, float] = {}


class Model(_Strict):
    """The rows of one model: what its recovered share is of, and what its student is said to beat."""

    base: str
    aligned: str
    student: str
    others: list[str]


class Share(_Strict):
    """A recovered share that the text claims, over one or more models, and the reading that the number comes from.

    `comparison` is what profiles call it. Readings: pooled, sum of gains over sum of gaps; ratios, mean of the models'
    ratios; absolute, mean gain.
    """

    claim: str
    comparison: str
    column: str
    models: Annotated[list[str], Field(min_length=1)]
    reading: Literal["pooled", "absolute"]
    percent: float
    better: Direction
    of: str


class Repeated(_Strict):
    """A number of the text that a table prints as well."""

    claim: str
    column: str
    row: str
    value: float


class Setup(_Strict):
    """A number of the set-up; no direction is better."""

    value: float
    unit: str


@dataclass(frozen=True)
class Place:
    """Where a number is printed; `of` is what it is there: a value, a change, a share, repeated, set-up, questions."""

    where: str
    row: str
    column: str
    of: str

    def __str__(self) -> str:
        kind = "" if self.of == "value" else f" ({self.of})"
        return ", ".join(part for part in (self.where, self.row, self.column) if part) + kind


@dataclass(frozen=True)
class Number:
    """A printed number with its unit, and which direction is better (None: neither)."""

    place: Place
    value: float
    unit: str
    better: Direction | None


class Published(_Strict):
    """All numbers of the paper, as published.yaml holds them."""

    columns: dict[str, Column]
    tables: dict[str, dict[str, Row]]
    models: dict[str, Model]
    shares: dict[str, Share]
    repeated: list[Repeated]
    setup: dict[str, Setup]

    @model_validator(mode="after")
    def _names_are_known(self) -> Published:
        rows = {row for table in self.tables.values() for row in table}

        def check(where: str, kind: str, name: str, known: set[str]) -> None:
            if name not in known:
                raise ValueError(f"{where} names the {kind} {name!r}; there are {', '.join(sorted(known))}")

        for table, printed in self.tables.items():
            for name, row in printed.items():
                if row.base is not None:
                    check(f"{table}, row {name}", "row", row.base, rows)
                for column in row.values:
                    check(f"{table}, row {name}", "column", column, set(self.columns))
                for column in row.changes:
                    if row.base is None:
                        raise ValueError(f"{table}, row {name} prints changes and names no base row")
                    if self.value(row.base, column) is None:
                        raise ValueError(f"{table}, row {name}: no table prints {column!r} of {row.base}")
                    check(f"{table}, row {name}, changes", "column", column, set(row.values))
                    if self.columns[column].questions is None:
                        raise ValueError(f"{table}, row {name} prints a change of {column!r}, of no known questions")
        for name, model in self.models.items():
            for row_name in (model.base, model.aligned, model.student, *model.others):
                check(f"model {name}", "row", row_name, rows)
        for name, share in self.shares.items():
            check(f"share {name}", "column", share.column, set(self.columns))
            for model_name in share.models:
                check(f"share {name}", "model", model_name, set(self.models))
                model = self.models[model_name]
                for row_name in (model.base, model.aligned, model.student):
                    if self.value(row_name, share.column) is None:
                        raise ValueError(f"share {name}: no table prints {share.column!r} of {row_name}")
        for one in self.repeated:
            check(f"repeated number of {one.claim}", "row", one.row, rows)
            if self.value(one.row, one.column) is None:
                raise ValueError(f"repeated number of {one.claim}: no table prints {one.column!r} of {one.row}")
        return self

    @cached_property
    def _cells(self) -> dict[tuple[str, str], float]:
        """Return the first printed value of each row and column, tables in order."""
        found: dict[tuple[str, str], float] = {}
        for table in self.tables.values():
            for name, row in table.items():
                for column, value in row.values.items():
                    found.setdefault((name, column), value)
        return found

    def value(self, row: str | None, column: str) -> float | None:
        """Return what a row prints in a column, in the first table that does; None where none does."""
        return self._cells.get((row or "", column))

    def printed(self, row: str, column: str) -> float:
        """Return what a row prints in a column where it is known to (see `value`)."""
        return self._cells[row, column]

    def share(self, comparison: str, column: str) -> float | None:
        """Return the recovered share that the text claims of a comparison, as a share; None where it claims none."""
        claimed = (s for s in self.shares.values() if s.comparison == comparison and s.column == column)
        return next((share.percent / 100 for share in claimed), None)

    def base_of(self, row: str | None) -> str | None:
        """Return the row that a row's changes are from; None where it has none."""
        bases = (table[row].base for table in self.tables.values() if row in table)
        return next((base for base in bases if base), None)

    def numbers(self) -> Iterator[Number]:
        """Yield every number, tables first."""
        for table, printed in self.tables.items():
            for name, row in printed.items():
                for kind, cells in (("value", row.values), ("change", row.changes)):
                    for column, value in cells.items():
                        about = self.columns[column]
                        yield Number(Place(table, name, column, kind), value, about.unit, about.better)
        for name, share in self.shares.items():
            yield Number(Place(f"text, {share.claim}", name, "", "share"), share.percent, "percent", share.better)
        for one in self.repeated:
            about = self.columns[one.column]
            place = Place(f"text, {one.claim}", one.row, one.column, "repeated")
            yield Number(place, one.value, about.unit, about.better)
        for column, about in self.columns.items():
            if about.questions is not None:
                yield Number(Place("set-up", "", column, "questions"), about.questions, "questions", None)
        for name, number in self.setup.items():
            yield Number(Place("set-up", name, "", "set-up"), number.value, number.unit, None)


def load_published(path: Path) -> Published:
    """Read and check the paper's numbers.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: one sentence that names the file, the place, the value and what is wrong with it.
    """
    return checked(path, read_yaml(path), Published)
