"""Reads published.yaml: every number that the paper prints, with its place, unit and direction."""

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
    """A measure as the paper prints it; `questions` is its number of test questions (None: not given in the paper)."""

    label: str
    unit: Literal["share", "points"]
    better: Direction
    decimals: PositiveInt
    range: tuple[float, float]
    questions: PositiveInt | None


class Row(_Strict):
    """A row of a table: values by column and, printed beside them, the changes from the row `base`."""

    base: str | None = None
    values: Annotated[dict[str, float], Field(min_length=1)]
    changes: dict[str, float] = {}


class Model(_Strict):
    """The rows of one model: those of its recovered share, and the other methods that its student is compared with."""

    base: str
    aligned: str
    student: str
    others: list[str]


class Share(_Strict):
    """A recovered share that the text claims, over one or more models.

    `comparison` is its name in profiles. `reading` is how the number comes about: pooled is sum of gains over sum of
    gaps, absolute is the mean gain. A third reading, ratios, is the mean of the models' ratios.
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
    """A number in the text that a table prints as well."""

    claim: str
    column: str
    row: str
    value: float


class Setup(_Strict):
    """A number of the experimental set-up. Neither higher nor lower is better."""

    value: float
    unit: str


@dataclass(frozen=True)
class Place:
    """Where a number is printed, and as what: value, change, share, repeated, set-up or questions."""

    where: str
    row: str
    column: str
    kind: str

    def __str__(self) -> str:
        kind = "" if self.kind == "value" else f" ({self.kind})"
        return ", ".join(part for part in (self.where, self.row, self.column) if part) + kind


@dataclass(frozen=True)
class Number:
    """A printed number with its unit and the better direction (None: neither)."""

    place: Place
    value: float
    unit: str
    better: Direction | None


class Published(_Strict):
    """All numbers of the paper, as in published.yaml."""

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
        for repeated in self.repeated:
            where = f"repeated number of {repeated.claim}"
            check(where, "row", repeated.row, rows)
            if self.value(repeated.row, repeated.column) is None:
                raise ValueError(f"{where}: no table prints {repeated.column!r} of {repeated.row}")
        return self

    @cached_property
    def _cells(self) -> dict[tuple[str, str], float]:
        """Return the value of each row and column in the first table that prints it."""
        cells: dict[tuple[str, str], float] = {}
        for table in self.tables.values():
            for name, row in table.items():
                for column, value in row.values.items():
                    cells.setdefault((name, column), value)
        return cells

    def value(self, row: str | None, column: str) -> float | None:
        """Return the value of a row and column in the first table that prints it, or None."""
        return self._cells.get((row or "", column))

    def printed(self, row: str, column: str) -> float:
        """Return the value of a row and column that some table prints; see `value`."""
        return self._cells[row, column]

    def share(self, comparison: str, column: str) -> float | None:
        """Return the recovered share that the text claims for a comparison, between 0 and 1, or None."""
        matching = (s for s in self.shares.values() if s.comparison == comparison and s.column == column)
        return next((share.percent / 100 for share in matching), None)

    def base_of(self, row: str | None) -> str | None:
        """Return the row that a row's printed changes are taken from, or None."""
        bases = (table[row].base for table in self.tables.values() if row in table)
        return next((base for base in bases if base), None)

    def numbers(self) -> Iterator[Number]:
        """Yield every number, tables first."""
        for table, printed in self.tables.items():
            for name, row in printed.items():
                for kind, cells in (("value", row.values), ("change", row.changes)):
                    for column, value in cells.items():
                        settings = self.columns[column]
                        yield Number(Place(table, name, column, kind), value, settings.unit, settings.better)
        for name, share in self.shares.items():
            yield Number(Place(f"text, {share.claim}", name, "", "share"), share.percent, "percent", share.better)
        for repeated in self.repeated:
            settings = self.columns[repeated.column]
            place = Place(f"text, {repeated.claim}", repeated.row, repeated.column, "repeated")
            yield Number(place, repeated.value, settings.unit, settings.better)
        for column, settings in self.columns.items():
            if settings.questions is not None:
                yield Number(Place("set-up", "", column, "questions"), settings.questions, "questions", None)
        for name, number in self.setup.items():
            yield Number(Place("set-up", name, "", "set-up"), number.value, number.unit, None)


def load_published(path: Path) -> Published:
    """Read and check the paper's numbers.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is wrong, in one sentence that names the file, the field and the value.
    """
    return checked(path, read_yaml(path), Published)
