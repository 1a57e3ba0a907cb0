"""Relations by which the paper's printed numbers check each other, each with its arithmetic and whether it holds.

A printed number is rounded, so it stands for a set of counts: 0.230 of 1319 questions is 303 or 304 correct answers. A
relation is broken only if no such counts satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, floor

from superficial.published.numbers import Column, Place, Published, Reading, Row, Share

_ROUNDING = 1e-9
# Grades of the HarmScore rubric: the highest, which alone counts in HarmRate, the next, and the lowest.
HIGHEST_GRADE, NEXT_GRADE, LOWEST_GRADE = 5, 4, 1

# The values printed of a base, an aligned model and a student.
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Relation:
    """A relation between printed numbers.

    Attributes:
        kind: the kind of relation.
        places: where the numbers are printed.
        holds: whether the relation holds.
        arithmetic: the relation in numbers.
        exact: whether most errors in a number would break it; otherwise it only limits the numbers.
    """

    kind: str
    places: tuple[Place, ...]
    holds: bool
    arithmetic: str
    exact: bool = True


def half_unit(column: Column) -> float:
    """Return how far a value may be from the printed one; 0 where every possible value is printed in full."""
    exact = column.questions is not None and 10**column.decimals % column.questions == 0
    return 0.0 if exact else 0.5 * 10**-column.decimals


def counts(value: float, column: Column) -> range:
    """Return the sums over all questions that round to a printed value or change."""
    assert column.questions is not None, "counts need a known number of questions"
    half = 0.5 * 10**-column.decimals + _ROUNDING
    return range(ceil((value - half) * column.questions), floor((value + half) * column.questions) + 1)


def _possible_counts(value: float, column: Column) -> list[int]:
    assert column.questions is not None, "counts need a known number of questions"
    low, high = (end * column.questions for end in column.range)
    return [count for count in counts(value, column) if low <= count <= high]


def _text(value: float, column: Column) -> str:
    return f"{value:.{column.decimals}f}"


def ranges(paper: Published) -> Iterator[Relation]:
    """Yield whether each value lies in the range of its measure, and each change in the range of a difference."""
    for number in paper.numbers():
        if number.place.kind in ("value", "change", "repeated"):
            column = paper.columns[number.place.column]
            low, high = column.range
            low, high = (low - high, high - low) if number.place.kind == "change" else (low, high)
            text = f"{_text(number.value, column)} is in [{low:g}, {high:g}]"
            yield Relation("range", (number.place,), low <= number.value <= high, text, exact=False)
        elif number.place.kind == "share":
            inside = 0 <= number.value <= 100
            yield Relation("range", (number.place,), inside, f"{number.value:g} % is in [0, 100]", exact=False)


def granularity(paper: Published) -> Iterator[Relation]:
    """Yield whether each printed value can occur with its number of questions: 0.66 can with 100, not with 10."""
    for name, column in paper.columns.items():
        if column.questions is None:
            continue
        for table, printed in paper.tables.items():
            for row in printed:
                if name in printed[row].values:
                    value = printed[row].values[name]
                    text = f"{_text(value, column)} is a sum over {column.questions} questions, divided"
                    places = [Place("set-up", "", name, "questions")]
                    # The value itself is limited only where there are fewer questions than printed steps.
                    if column.questions < 10**column.decimals:
                        places.append(Place(table, row, name, "value"))
                    holds = bool(counts(value, column))
                    yield Relation("questions", tuple(places), holds, text, exact=False)


def _place_of_value(paper: Published, row: str, column: str) -> Place:
    table = next(table for table, printed in paper.tables.items() if row in printed and column in printed[row].values)
    return Place(table, row, column, "value")


def _follows(value: Sequence[int], base: Sequence[int], change: float, column: Column) -> bool:
    """Tell whether a count of one range can differ from one of another by what is printed as `change`."""
    if not value or not base:
        return False
    # The differences of two runs of counts form a run, too.
    possible = counts(change, column)
    return max(value[0] - base[-1], possible.start) <= min(value[-1] - base[0], possible.stop - 1)


def changes(paper: Published) -> Iterator[Relation]:
    """Yield whether each printed change is the row's value minus the base's, and whether one base fits all changes."""
    rows = [(table, name, row) for table, printed in paper.tables.items() for name, row in printed.items()]
    rounded_changes: dict[tuple[str, str], list[tuple[Place, Row]]] = {}
    for table, name, row in rows:
        for column_name, change in row.changes.items():
            assert row.base is not None
            base, column = paper.printed(row.base, column_name), paper.columns[column_name]
            value = row.values[column_name]
            holds = abs(value - base - change) < _ROUNDING or _follows(
                _possible_counts(value, column), _possible_counts(base, column), change, column
            )
            places = (
                Place(table, name, column_name, "change"),
                Place(table, name, column_name, "value"),
                _place_of_value(paper, row.base, column_name),
            )
            signed = f"+.{column.decimals}f"
            text = (
                f"{_text(value, column)} - {_text(base, column)} = {value - base:{signed}}, printed {change:{signed}}"
            )
            yield Relation("change", places, holds, text)
            if holds and abs(value - base - change) >= _ROUNDING:
                rounded_changes.setdefault((row.base, column_name), []).append((places[0], row))
    for (base_name, column_name), rounded in rounded_changes.items():
        column, base = paper.columns[column_name], paper.printed(base_name, column_name)
        holds = any(
            all(
                _follows(_possible_counts(row.values[column_name], column), [b], row.changes[column_name], column)
                for _, row in rounded
            )
            for b in _possible_counts(base, column)
        )
        text = f"one value printed as {_text(base, column)} gives the changes of {', '.join(p.row for p, _ in rounded)}"
        all_places = (*(place for place, _ in rounded), _place_of_value(paper, base_name, column_name))
        yield Relation("changes together", all_places, holds, text)


def repeats(paper: Published) -> Iterator[Relation]:
    """Yield whether a number that is printed several times is the same everywhere."""
    for table, printed in paper.tables.items():
        for name, row in printed.items():
            for column_name, value in row.values.items():
                first = _place_of_value(paper, name, column_name)
                if first.where != table:
                    column, before = paper.columns[column_name], paper.tables[first.where][name].values[column_name]
                    text = f"{_text(before, column)} in {first.where}, {_text(value, column)} in {table}"
                    yield Relation("repeat", (Place(table, name, column_name, "value"), first), before == value, text)
    for repeated in paper.repeated:
        column, value = paper.columns[repeated.column], paper.printed(repeated.row, repeated.column)
        in_text = Place(f"text, {repeated.claim}", repeated.row, repeated.column, "repeated")
        in_table = _place_of_value(paper, repeated.row, repeated.column)
        text = f"{_text(repeated.value, column)} in the text, {_text(value, column)} in {in_table.where}"
        yield Relation("repeat", (in_text, in_table), repeated.value == value, text)


def harm_bounds(paper: Published) -> Iterator[Relation]:
    """Yield whether HarmScore s, a mean of 1 to 5, fits HarmRate r, the share of 5: 1 + 4 r <= s <= 4 + r."""
    if not {"harm_rate", "harm_score"} <= set(paper.columns):
        return
    slack = half_unit(paper.columns["harm_score"]) + 4 * half_unit(paper.columns["harm_rate"]) + _ROUNDING
    for table, printed in paper.tables.items():
        for name, row in printed.items():
            if {"harm_rate", "harm_score"} <= set(row.values):
                rate, score = row.values["harm_rate"], row.values["harm_score"]
                low = LOWEST_GRADE + (HIGHEST_GRADE - LOWEST_GRADE) * rate
                high = NEXT_GRADE + (HIGHEST_GRADE - NEXT_GRADE) * rate
                places = (Place(table, name, "harm_score", "value"), Place(table, name, "harm_rate", "value"))
                text = f"HarmRate {rate:.2f} leaves HarmScore {low:.2f} to {high:.2f}, printed {score:.2f}"
                yield Relation("bound", places, low - slack <= score <= high + slack, text, exact=False)


def share_in_percent(reading: Reading, triples: list[Triple]) -> float:
    """Return the recovered share over one or more models under a reading, in percent; NaN where there is no gap."""
    gains, gaps = [s - b for b, _, s in triples], [a - b for b, a, _ in triples]
    if reading == "absolute":
        return 100 * abs(sum(gains)) / len(gains)
    if sum(gaps) == 0 or 0 in gaps:
        return float("nan")
    if reading == "pooled":
        return 100 * sum(gains) / sum(gaps)
    return 100 * sum(gain / gap for gain, gap in zip(gains, gaps, strict=True)) / len(gaps)


def printed_triples(paper: Published, share: Share) -> list[Triple]:
    """Return the values printed of each model of a share."""
    models = [paper.models[name] for name in share.models]
    return [
        (
            paper.printed(model.base, share.column),
            paper.printed(model.aligned, share.column),
            paper.printed(model.student, share.column),
        )
        for model in models
    ]


def shares(paper: Published) -> Iterator[Relation]:
    """Yield whether each share in the text follows from the tables under its reading."""
    for name, share in paper.shares.items():
        column = paper.columns[share.column]
        triples, half = printed_triples(paper, share), half_unit(column)
        # A share is monotone in each value, so its extremes are at the corners of the rounding.
        corners = [
            share_in_percent(share.reading, [(b + half * i, a + half * j, s + half * k) for b, a, s in triples])
            for i, j, k in product((-1, 1), repeat=3)
        ]
        models = [paper.models[model] for model in share.models]
        rows = [row for model in models for row in (model.base, model.aligned, model.student)]
        places = (
            Place(f"text, {share.claim}", name, "", "share"),
            *(_place_of_value(paper, r, share.column) for r in rows),
        )
        low, high = min(corners), max(corners)
        text = f"{share.reading} {share_in_percent(share.reading, triples):.1f} %, printed {share.percent:g} %"
        yield Relation("share", places, low - 0.5 <= share.percent <= high + 0.5, text)


def relations(paper: Published) -> list[Relation]:
    """Return every relation between the paper's numbers."""
    checks = (ranges, granularity, changes, repeats, harm_bounds, shares)
    return [relation for check in checks for relation in check(paper)]
