"""What the draws of a set found: each claim in each draw, and every number of their tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from superficial import artifacts
from superficial.config import Profile, profile_of_draw
from superficial.measures.draws import mean_over_draws, prediction_interval
from superficial.measures.intervals import Estimate
from superficial.published.claims import claim_order
from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_RUN, REPRODUCED, Condition, verdict
from superficial.reporting.provenance import Records
from superficial.reporting.tables.registry import number_tables

TABLES = ("draws", "draw-verdicts", "draw-numbers")
FIGURE = "draws"
# The profile whose draws are published.
PUBLISHED_PROFILE = "draws"
# The columns that name a number in a table; those of an estimate are its value and the two ends.
_NAMES = ("comparison", "variant", "student", "other", "measure")
_VALUE = "value"


@dataclass(frozen=True)
class DrawnClaim:
    """A claim in one draw: the estimate that decides it, the open range where it must lie, and the verdicts."""

    claim: str
    statement: str
    draw: int
    what: str
    estimate: Estimate
    above: float
    below: float
    verdict: str
    guarded_verdict: str


def read_claims(folder: Path, profile: Profile, of_set: str) -> list[DrawnClaim]:
    """Return every claim that was tested in the draws of a set, by claim and then by draw.

    Raises:
        FileNotFoundError: if a draw is not finished.
        ValueError: if its verdicts are not what it wrote.
    """
    drawn = [
        _drawn_claim(number, claim)
        for number in _numbers(profile, of_set)
        for claim in json.loads(_file(folder, number, artifacts.CLAIMS.of()).read_text(encoding="utf-8"))
        if claim["verdict"] != NOT_RUN
    ]
    return sorted(drawn, key=lambda one: (claim_order(one.claim), one.draw))


def _drawn_claim(number: int, claim: dict[str, Any]) -> DrawnClaim:
    compared = claim["estimate"]
    value, low, high = (np.nan if compared[name] is None else compared[name] for name in ("value", "low", "high"))
    return DrawnClaim(
        claim=claim["id"],
        statement=claim["statement"],
        draw=number,
        what=compared["what"],
        estimate=Estimate(value, low, high, missing="no estimate"),
        above=-np.inf if compared["above"] is None else compared["above"],
        below=np.inf if compared["below"] is None else compared["below"],
        verdict=claim["verdict"],
        guarded_verdict=claim.get("guarded_verdict", claim["verdict"]),
    )


def by_claim(drawn: list[DrawnClaim]) -> dict[str, list[DrawnClaim]]:
    """Return the draws of each claim."""
    return {name: [one for one in drawn if one.claim == name] for name in dict.fromkeys(one.claim for one in drawn)}


def verdict_over_draws(draws: list[DrawnClaim]) -> str:
    """Return the verdict on a claim over all its draws, by the mean distance of its estimate from the range's ends.

    Where an end is a value of the draw itself, such as the aligned model's plus a margin, it differs between draws. A
    claim has further conditions: it is reproduced only if it also is in more than half of the draws.
    """
    of_mean = verdict(
        [
            Condition(draws[0].what, mean_over_draws([_moved(one.estimate, one.above) for one in draws]), above=0),
            Condition(draws[0].what, mean_over_draws([_moved(one.estimate, one.below) for one in draws]), below=0),
        ]
    )
    holding = sum(one.verdict == REPRODUCED for one in draws)
    return INCONCLUSIVE if of_mean == REPRODUCED and 2 * holding <= len(draws) else of_mean


def _moved(estimate: Estimate, end: float) -> Estimate:
    """Return an estimate minus an end of a range; far inside where the range has no such end."""
    if np.isinf(end):
        return Estimate(*[-np.sign(end)] * 3)
    return Estimate(estimate.value - end, estimate.low - end, estimate.high - end)


def read_numbers(folder: Path, profile: Profile, of_set: str) -> pd.DataFrame:
    """Return every estimate in the tables of the draws of a set, with its mean and prediction interval over draws.

    Returns:
        one row a number: table, number (its row and, where a row has several, its column), draws, mean, sd, low, high.
    """
    rows = []
    for draw in _numbers(profile, of_set):
        for name in number_tables(profile_of_draw(profile, draw)):
            table = pd.read_csv(_file(folder, draw, artifacts.TABLE.of(table=name, format="csv")))
            rows += [{"table": name, "number": number, "value": value} for number, value in estimates_of(table)]
    known = pd.DataFrame(rows).dropna()
    summary = []
    for (table, number), values in known.groupby(["table", "number"], sort=False)["value"]:
        predicted = prediction_interval(values.to_numpy())
        row = {"table": table, "number": number, "draws": len(values), "mean": predicted.value, "sd": values.std()}
        summary.append(row | {"low": predicted.low, "high": predicted.high})
    return pd.DataFrame(summary)


def estimates_of(table: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield every value of a table that has an interval, by name."""
    columns = [name for name in table.columns if name.endswith(_VALUE) and f"{name.removesuffix(_VALUE)}low" in table]
    for column in columns:
        yield from zip(number_names(table, column), table[column], strict=True)


def number_names(table: pd.DataFrame, column: str) -> list[str]:
    """Return the names of a column's numbers: that of the row, such as "Small, gsm", and the column unless `value`."""
    # In the table of recovered shares, `student` is a number.
    names = [name for name in _NAMES if name in table.columns and not is_numeric_dtype(table[name])]
    of_column = [] if column == _VALUE else [column]
    return [", ".join([*map(str, row), *of_column]) for row in table[names].itertuples(index=False)]


@dataclass(frozen=True)
class PublishedDraws:
    """The published draws: `numbers` is their table `draw-numbers`, `verdicts` their table `draw-verdicts`."""

    numbers: pd.DataFrame
    verdicts: pd.DataFrame

    def predicted(self, table: str) -> dict[str, tuple[float, float]]:
        """Return, for each number of a table, the middle and half the width of the interval for a new draw."""
        rows = self.numbers[self.numbers["table"] == table].itertuples()
        return {row.number: (row.mean, (row.high - row.low) / 2) for row in rows if not np.isnan(row.low)}


def published_draws(paper: Path, profile: str | None) -> PublishedDraws | None:
    """Return the draws of a profile that are published in the folder of the paper; None where there are none."""
    if profile != PUBLISHED_PROFILE:
        return None
    numbers, verdicts = (paper / "generated" / f"{table}.csv" for table in ("draw-numbers", "draw-verdicts"))
    return PublishedDraws(pd.read_csv(numbers), pd.read_csv(verdicts)) if verdicts.is_file() else None


def _numbers(profile: Profile, of_set: str) -> list[int]:
    assert profile.draws is not None, f"profile {profile.name} has no draws"
    return profile.draws.numbers(of_set)


def _file(folder: Path, number: int, name: str) -> Path:
    """Return a file of a draw, after checking that it is what a stage wrote."""
    of_draw = folder / f"draw-{number}"
    if not (of_draw / name).is_file():
        raise FileNotFoundError(f"There is no {name} in {of_draw}: draw {number} is not finished.")
    Records(of_draw).check(Path(name))
    return of_draw / name
