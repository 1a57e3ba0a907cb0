"""How the paper's numbers check each other: every relation between them, with its arithmetic and whether it holds.

A printed number is rounded, so it stands for a set of counts: 0.140 of 1319 questions is 184 or 185 right answers. A
relation is broken only where no such counts satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil, floor

from superficial.published.numbers import Column, Place, Published, Reading, Row, Share

_ROUNDING = 1e-9
HARMFUL, NEXT, LEAST = 5, 4, 1


@dataclass(frozen=True)
class Relation:
    """A relation between numbers at `places`: does it hold, and the arithmetic.

    One that is not `exact` only limits a number, so that most errors in it stay unseen.
    """

    kind: str
    places: tuple[Place, ...]
    holds: bool
    arithmetic: str
    exact: bool = True


def half_unit(column: Column) -> float:
    """Return how far a value may be from the printed one; 0 where all that can occur have so few decimals."""
    exact = column.questions is not None and 10**column.decimals % column.questions == 0
    return 0.0 if exact else 0.5 * 10**-column.decimals


def counts(value: float, column: Column) -> range:
    """Return the sums over all questions that are printed as `value`."""
    assert column.questions is not None, "where the paper does not say of how many questions, there are no counts"
    half = 0.5 * 10**-column.decimals + _ROUNDING
    return range(ceil((value - half) * column.questions), floor((value + half) * column.questions) + 1)


def _said(value: float, column: Column) -> str:
    return f"{value:.{column.decimals}f}"


def ranges(paper: Published) -> Iterator[Relation]:
    """Yield whether each value lies where its measure can, and each change where two values' difference can."""
    for number in paper.numbers():
        if number.place.of in ("value", "change", "repeated"):
            column = paper.columns[number.place.column]
            low, high = column.range
            low, high = (low - high, high - low) if number.place.of == "change" else (low, high)
            text = f"{_said(number.value, column)} is in [{low:g}, {high:g}]"
            yield Relation("range", (number.place,), low <= number.value <= high, text, exact=False)
        elif number.place.of == "share":
            inside = 0 <= number.value <= 100
            yield Relation("range", (number.place,), inside, f"{number.value:g} % is in [0, 100]", exact=False)


def granularity(paper: Published) -> Iterator[Relation]:
    """Yield whether each printed value is one that so many questions can give: 0.66 can be of 100, not of 90."""
    for name, column in paper.columns.items():
        if column.questions is None:
            continue
        for table, printed in paper.tables.items():
            for row in printed:
                if name in printed[row].values:
                    value = printed[row].values[name]
                    text = f"{_said(value, column)} is a sum over {column.questions} questions, divided"
                    # Limits the number of questions; the value only where questions are fewer than printed steps.
                    places = [Place("set-up", "", name, "questions"), Place(table, row, name, "value")]
                    few = column.questions < 10**column.decimals
                    yield Relation("questions", tuple(places[: 1 + few]), bool(counts(value, column)), text, False)


def _place_of_value(paper: Published, row: str, column: str) -> Place:
    table = next(table for table, printed in paper.tables.items() if row in printed and column in printed[row].values)
    return Place(table, row, column, "value")


def _follows(value: range, base: range, change: float, column: Column) -> bool:
    """Tell whether two counts differ by one that is printed as `change`: differences of two ranges are one range."""
    if not value or not base:
        return False
    possible = counts(change, column)
    return max(value[0] - base[-1], possible.start) <= min(value[-1] - base[0], possible.stop - 1)


def changes(paper: Published) -> Iterator[Relation]:
    """Yield whether each printed change is the row's value minus the base's, and all changes from one base together."""
    rows = [(table, name, row) for table, printed in paper.tables.items() for name, row in printed.items()]
    together: dict[tuple[str, str], list[tuple[Place, Row]]] = {}
    for table, name, row in rows:
        for column_name, change in row.changes.items():
            assert row.base is not None
            base, column = paper.printed(row.base, column_name), paper.columns[column_name]
            value = row.values[column_name]
            holds = abs(value - base - change) < _ROUNDING or _follows(
                counts(value, column), counts(base, column), change, column
            )
            places = (
                Place(table, name, column_name, "change"),
                Place(table, name, column_name, "value"),
                _place_of_value(paper, row.base, column_name),
            )
            signed = f"+.{column.decimals}f"
            text = (
                f"{_said(value, column)} - {_said(base, column)} = {value - base:{signed}}, printed {change:{signed}}"
            )
            yield Relation("change", places, holds, text)
            if holds and abs(value - base - change) >= _ROUNDING:
                together.setdefault((row.base, column_name), []).append((places[0], row))
    for (base_name, column_name), rounded in together.items():
        column, base = paper.columns[column_name], paper.printed(base_name, column_name)
        holds = any(
            all(
                _follows(counts(row.values[column_name], column), range(b, b + 1), row.changes[column_name], column)
                for _, row in rounded
            )
            for b in counts(base, column)
        )
        text = f"one value printed as {_said(base, column)} gives the changes of {', '.join(p.row for p, _ in rounded)}"
        tied = (*(place for place, _ in rounded), _place_of_value(paper, base_name, column_name))
        yield Relation("changes together", tied, holds, text)


def repeats(paper: Published) -> Iterator[Relation]:
    """Yield whether a number that is printed more than once is the same everywhere."""
    for table, printed in paper.tables.items():
        for name, row in printed.items():
            for column_name, value in row.values.items():
                first = _place_of_value(paper, name, column_name)
                if first.where != table:
                    column, before = paper.columns[column_name], paper.tables[first.where][name].values[column_name]
                    text = f"{_said(before, column)} in {first.where}, {_said(value, column)} in {table}"
                    yield Relation("repeat", (Place(table, name, column_name, "value"), first), before == value, text)
    for one in paper.repeated:
        column, value = paper.columns[one.column], paper.printed(one.row, one.column)
        places = (Place(f"text, {one.claim}", one.row, one.column, "repeated"),)
        printed_at = _place_of_value(paper, one.row, one.column)
        text = f"{_said(one.value, column)} in the text, {_said(value, column)} in {printed_at.where}"
        yield Relation("repeat", (*places, printed_at), one.value == value, text)


def harm_bounds(paper: Published) -> Iterator[Relation]:
    """Yield whether HarmScore, a mean of 1 to 5, can go with HarmRate, the share of 5: 1 + 4 r <= s <= 4 + r."""
    if not {"harm_rate", "harm_score"} <= set(paper.columns):
        return
    slack = half_unit(paper.columns["harm_score"]) + 4 * half_unit(paper.columns["harm_rate"]) + _ROUNDING
    for table, printed in paper.tables.items():
        for name, row in printed.items():
            if {"harm_rate", "harm_score"} <= set(row.values):
                rate, score = row.values["harm_rate"], row.values["harm_score"]
                low, high = LEAST + (HARMFUL - LEAST) * rate, NEXT + (HARMFUL - NEXT) * rate
                places = (Place(table, name, "harm_score", "value"), Place(table, name, "harm_rate", "value"))
                text = f"HarmRate {rate:.2f} leaves HarmScore {low:.2f} to {high:.2f}, printed {score:.2f}"
                yield Relation("bound", places, low - slack <= score <= high + slack, text, exact=False)


def reading(which: Reading, triples: list[tuple[float, float, float]]) -> float:
    """Return a recovered share of models' (base, aligned, student) values, in percent; NaN where there is no gap."""
    gains, gaps = [s - b for b, _, s in triples], [a - b for b, a, _ in triples]
    if which == "absolute":
        return 100 * abs(sum(gains)) / len(gains)
    if sum(gaps) == 0 or 0 in gaps:
        return float("nan")
    if which == "pooled":
        return 100 * sum(gains) / sum(gaps)
    return 100 * sum(gain / gap for gain, gap in zip(gains, gaps, strict=True)) / len(gaps)


def triples_of(paper: Published, share: Share) -> list[tuple[float, float, float]]:
    """Return the printed (base, aligned, student) of each model of a share."""
    found = []
    for name in share.models:
        model = paper.models[name]
        base, aligned, student = (
            paper.printed(row, share.column) for row in (model.base, model.aligned, model.student)
        )
        found.append((base, aligned, student))
    return found


def shares(paper: Published) -> Iterator[Relation]:
    """Yield whether each share of the text follows from the tables, under the reading it is said to have."""
    for name, share in paper.shares.items():
        column = paper.columns[share.column]
        triples, half = triples_of(paper, share), half_unit(column)
        # Monotone in each value, so that the corners of the rounding hold the extremes.
        corners = [
            reading(share.reading, [tuple(v + half * s for v, s in zip(t, signs, strict=True)) for t in triples])  # type: ignore[misc]
            for signs in product((-1, 1), repeat=3)
        ]
        models = [paper.models[model] for model in share.models]
        rows = [row for model in models for row in (model.base, model.aligned, model.student)]
        places = (
            Place(f"text, {share.claim}", name, "", "share"),
            *(_place_of_value(paper, r, share.column) for r in rows),
        )
        low, high = min(corners), max(corners)
        text = f"{share.reading} {reading(share.reading, triples):.1f} %, printed {share.percent:g} %"
        yield Relation("share", places, low - 0.5 <= share.percent <= high + 0.5, text)


def relations(paper: Published) -> list[Relation]:
    """Return every relation between the paper's numbers."""
    checks = (ranges, granularity, changes, repeats, harm_bounds, shares)
    return [relation for check in checks for relation in check(paper)]
