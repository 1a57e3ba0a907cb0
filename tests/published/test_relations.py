"""An error in one number breaks a relation just where the paper's redundancy can reveal it."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superficial.published.numbers import Column, Place, Published
from superficial.published.relations import counts, half_unit, relations, share_in_percent
from tests.published.mutations import NUMBERS, PRINTED, TRUE, UNITS, mutated


def roundings(value: float, column: str, paper: Published) -> list[Fraction]:
    """All means of so many questions that are printed as a value."""
    n, printed, half = paper.columns[column].questions, Fraction(str(value)), UNITS[column] / 2
    return [Fraction(k, n) for k in range(ceil((printed - half) * n), floor((printed + half) * n) + 1)]


def possible(paper: Published) -> bool:
    """Whether questions exist that give all printed numbers: by search, in exact arithmetic, cell by cell."""
    rows = {(t, name): row for t, table in paper.tables.items() for name, row in table.items()}
    first = {}
    for row_name, row in ((name, row) for (_, name), row in rows.items()):
        for column, value in row.values.items():
            low, high = paper.columns[column].range
            if first.setdefault((row_name, column), value) != value or not low <= value <= high:
                return False
            if paper.columns[column].questions and not roundings(value, column, paper):
                return False
    if any(first[one.row, one.column] != one.value for one in paper.repeated):
        return False
    for column in paper.columns:
        for base in {row.base for row in rows.values() if column in row.changes}:
            pairs = [
                (Fraction(str(r.values[column])), Fraction(str(r.changes[column])))
                for r in rows.values()
                if r.base == base and column in r.changes
            ]
            printed = Fraction(str(first[base, column]))
            span = paper.columns[column].range[1] - paper.columns[column].range[0]
            if any(abs(change) > span for _, change in pairs):
                return False
            # The authors may also have subtracted what they had rounded.
            pairs = [(value, change) for value, change in pairs if value - printed != change]
            bases = roundings(first[base, column], column, paper)
            if not any(
                all(
                    any(abs(v - b - c) <= UNITS[column] / 2 for v in roundings(float(x), column, paper))
                    for x, c in pairs
                )
                for b in bases
            ):
                return False
    for row in rows.values():
        if {"harm_rate", "harm_score"} <= set(row.values):
            rate, score = Fraction(str(row.values["harm_rate"])), Fraction(str(row.values["harm_score"]))
            exact = all(100 % paper.columns[c].questions == 0 for c in ("harm_rate", "harm_score"))
            slack = 0 if exact else 5 * UNITS["harm_rate"] / 2
            if not 1 + 4 * rate - slack <= score <= 4 + rate + slack:
                return False
    for name in ("math", "truthfulness"):
        share = paper.shares[name]
        b, a, s = (
            sum(Fraction(str(first[getattr(paper.models[m], side), share.column])) for m in share.models)
            for side in ("base", "aligned", "student")
        )
        n = paper.columns[share.column].questions
        d = 0 if 100 % n == 0 else UNITS[share.column]
        found = [(s + x * d - b - y * d) / (a + z * d - b - y * d) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
        if not min(found) * 100 - Fraction(1, 2) <= Fraction(str(share.percent)) <= max(found) * 100 + Fraction(1, 2):
            return False
    attack = paper.models["attacked"]
    drop = 100 * abs(first[attack.base, "harm_rate"] - first[attack.student, "harm_rate"])
    # Of other than 100 questions the rate is rounded, twice half a percent.
    tolerance = 0.5 if 100 % paper.columns["harm_rate"].questions == 0 else 1.5
    percent = paper.shares["restored safety"].percent
    return abs(percent - drop) <= tolerance + 1e-9 and 0 <= percent <= 100


def test_the_corrected_paper_contradicts_itself_nowhere():
    assert possible(TRUE)
    assert all(relation.holds for relation in relations(TRUE))
    assert not possible(PRINTED)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NUMBERS), st.integers(-60, 60).filter(bool))
def test_an_error_in_one_number_is_found_just_where_the_paper_can_reveal_it(number, units):
    if number.place.kind == "questions":
        units = max(units, 1 - int(number.value))
    paper = mutated(number, units)
    broken = [relation for relation in relations(paper) if not relation.holds]
    assert bool(broken) == (not possible(paper))
    assert all(number.place in relation.places for relation in broken)


def test_what_fits_together_names_the_changes_and_the_value_of_their_base():
    """A change of the last digit of 1,319 questions can be rounding: then one base must fit all such changes."""
    found = 0
    for number in NUMBERS:
        if (number.place.kind, number.place.column) == ("change", "gsm"):
            paper = mutated(number, 1)
            for relation in relations(paper):
                if relation.kind == "changes together":
                    *rounded, base = relation.places
                    assert rounded == [number.place] and base.kind == "value"
                    assert base.row == paper.tables[number.place.where][number.place.row].base
                    assert relation.arithmetic.endswith(f"gives the changes of {number.place.row}")
                    found += 1
    assert found


def test_no_rounding_explains_the_change_of_values_that_cannot_occur():
    """No mean of ten responses is printed as 0.77."""
    content = PRINTED.model_dump()
    content["columns"]["toxi_score"]["questions"] = 10
    change = Place("table1", "7B+LIMA", "toxi_score", "change")
    of_kind = [one for one in relations(Published.model_validate(content)) if one.kind == "change"]
    assert [one.holds for one in of_kind if one.places[0] == change] == [False]


@pytest.mark.parametrize(("score", "holds"), [(3.62, True), (3.61, False)])
def test_a_score_may_be_as_far_below_its_rate_as_both_are_rounded(score, holds):
    """0.66 of 90 responses may be 0.655, which leaves 3.62; a score that is printed as 3.61 is at most 3.615."""
    content = PRINTED.model_dump()
    for name in ("harm_rate", "harm_score"):
        content["columns"][name]["questions"] = 90
    content["tables"]["table1"]["7B"]["values"]["harm_score"] = score
    place = Place("table1", "7B", "harm_score", "value")
    bounds = [one for one in relations(Published.model_validate(content)) if one.kind == "bound"]
    assert [one.holds for one in bounds if one.places[0] == place] == [holds]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([n for n in NUMBERS if n.place.kind in ("value", "change")]), st.integers(2, 200), st.booleans())
def test_a_change_and_its_value_are_tied_to_the_last_digit_but_one(number, units, up):
    """Whatever rounding does, two last digits in a number with a printed change are no rounding."""
    tied = {place for relation in relations(TRUE) if relation.kind == "change" for place in relation.places}
    if number.place in tied:
        paper = mutated(number, units if up else -units)
        assert any(not r.holds for r in relations(paper) if r.kind == "change")


def column(questions: int, decimals: int) -> Column:
    settings = {"label": "x", "unit": "share", "better": "higher", "range": (0, 1)}
    return Column.model_validate(settings | {"questions": questions, "decimals": decimals})


def test_a_printed_value_stands_for_the_counts_that_round_to_it():
    assert list(counts(0.230, column(1319, 3))) == [303, 304]
    assert list(counts(0.66, column(10, 2))) == []
    assert list(counts(0.66, column(100, 2))) == [66]
    assert half_unit(column(100, 2)) == 0
    assert half_unit(column(1319, 3)) == pytest.approx(0.0005)


@pytest.mark.parametrize(("reading", "percent"), [("pooled", 40), ("ratios", 100 * 8 / 15), ("absolute", 20)])
def test_a_share_under_each_reading(reading, percent):
    # The gains are 0.2 and 0.2, the gaps 0.25 and 0.75: shares of 4/5 and 4/15, on average 8/15.
    triples = [(0.0, 0.25, 0.2), (0.0, 0.75, 0.2)]
    assert share_in_percent(reading, triples) == pytest.approx(percent)


@pytest.mark.parametrize(("change", "holds"), [(0.010, False), (0.011, True), (0.012, True), (0.013, False)])
def test_a_change_may_be_any_difference_of_the_counts_that_are_printed(change, holds):
    """0.049 of 1,319 questions is 64 or 65, and 0.037 is 49: 15 or 16 more, which are printed as 0.011 or 0.012."""
    content = PRINTED.model_dump()
    content["tables"]["table1"]["7B+Urial"]["changes"]["gsm"] = change
    place = Place("table1", "7B+Urial", "gsm", "change")
    changes = [one for one in relations(Published.model_validate(content)) if one.kind == "change"]
    assert [one.holds for one in changes if one.places[0] == place] == [holds]


@pytest.mark.parametrize(("score", "holds"), [(3.63, False), (3.64, True), (4.66, True), (4.67, False)])
def test_a_score_lies_between_those_of_which_all_other_grades_are_1_or_4(score, holds):
    """Of 100 responses 66 have grade 5; with the others the grades add up to 330 + 34 to 330 + 4 * 34."""
    content = PRINTED.model_dump()
    content["tables"]["table1"]["7B"]["values"]["harm_score"] = score
    place = Place("table1", "7B", "harm_score", "value")
    bounds = [one for one in relations(Published.model_validate(content)) if one.kind == "bound"]
    assert [one.holds for one in bounds if one.places[0] == place] == [holds]
