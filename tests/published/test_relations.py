"""An error in one number breaks a relation just where the paper's redundancy can reveal it."""

from fractions import Fraction
from itertools import product
from math import ceil, floor, isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superficial.published.numbers import Column, Place, Published
from superficial.published.relations import Relation, counts, half_unit, relations, share_in_percent
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
    # One of eight is 0.125, which may be rounded down or up.
    assert list(counts(0.12, column(8, 2))) == list(counts(0.13, column(8, 2))) == [1]
    assert half_unit(column(100, 2)) == 0
    assert half_unit(column(1319, 3)) == pytest.approx(0.0005)


@pytest.mark.parametrize(("reading", "percent"), [("pooled", 56.25), ("ratios", 690 / 11), ("absolute", 22.5)])
def test_a_share_under_each_reading(reading, percent):
    # The gains are 0.2 and 0.25, the gaps 0.25 and 0.55: shares of 4/5 and 5/11, on average 69/110.
    triples = [(0.0, 0.25, 0.2), (0.0, 0.55, 0.25)]
    assert share_in_percent(reading, triples) == pytest.approx(percent)


@pytest.mark.parametrize("triples", [[(0.0, 0.25, 0.2), (0.5, 0.25, 0.4)], [(0.0, 0.25, 0.2), (0.5, 0.5, 0.4)]])
def test_only_the_mean_gain_is_known_without_a_gap_over_all_models_or_in_one(triples):
    assert all(isnan(share_in_percent(reading, triples)) for reading in ("pooled", "ratios"))
    assert share_in_percent("absolute", triples) == pytest.approx(5)


def of_place(paper: Published, kind: str, place: Place) -> list[Relation]:
    """The relations of a kind whose first number is at a place."""
    return [one for one in relations(paper) if one.kind == kind and one.places[0] == place]


@pytest.mark.parametrize(
    ("name", "percent", "holds"),
    [
        # Gains of 0.261 to 0.265 and a gap of 0.451: 57.87 to 58.76 %.
        *[("math", percent, holds) for percent, holds in ((57.3, False), (57.4, True), (59.2, True), (59.3, False))],
        # Exactly 88 %, of rates of 100 questions.
        *[("restored safety", percent, holds) for percent, holds in ((87.4, False), (87.5, True), (88.5, True))],
    ],
)
def test_a_share_may_be_any_that_rounding_allows(name, percent, holds):
    content = PRINTED.model_dump()
    content["shares"][name]["percent"] = percent
    place = Place(f"text, {content['shares'][name]['claim']}", name, "", "share")
    (share,) = of_place(Published.model_validate(content), "share", place)
    assert share.holds == holds


@pytest.mark.parametrize(
    ("kind", "row", "cell", "value", "span", "holds"),
    [
        ("value", "7B-Chat-Finetuned", "harm_rate", 0.0, "[0, 1]", True),
        ("value", "7B-Chat-Finetuned", "harm_rate", 1.0, "[0, 1]", True),
        ("value", "7B-Chat-Finetuned", "harm_rate", -0.01, "[0, 1]", False),
        ("value", "7B-Chat-Finetuned", "harm_rate", 1.01, "[0, 1]", False),
        ("change", "7B-Chat", "harm_score", -4.0, "[-4, 4]", True),
        ("change", "7B-Chat", "harm_score", 4.5, "[-4, 4]", False),
        ("share", "math", "percent", 0, "[0, 100]", True),
        ("share", "math", "percent", 100, "[0, 100]", True),
        ("share", "math", "percent", -1, "[0, 100]", False),
        ("share", "math", "percent", 101, "[0, 100]", False),
    ],
)
def test_a_number_lies_in_the_range_of_its_kind(kind, row, cell, value, span, holds):
    content = PRINTED.model_dump()
    if kind == "share":
        place, content["shares"][row][cell] = Place("text, C2", row, "", kind), value
    else:
        table = "table4" if kind == "value" else "table1"
        place, content["tables"][table][row][f"{kind}s"][cell] = Place(table, row, cell, kind), value
    (found,) = of_place(Published.model_validate(content), "range", place)
    assert found.arithmetic.endswith(f"is in {span}")
    assert found.holds == holds


def test_a_value_is_limited_by_its_questions_where_they_are_fewer_than_the_printed_steps():
    content = PRINTED.model_dump()
    content["columns"]["harm_rate"]["questions"] = 90
    # The order of columns says nothing.
    content["columns"] = dict(reversed(content["columns"].items()))
    paper = Published.model_validate(content)
    of_kind = [one for one in relations(paper) if one.kind == "questions"]
    limited = {place.column for one in of_kind for place in one.places if place.kind == "value"}
    assert limited == {"harm_rate"}
    assert {one.places[0].column for one in of_kind} == {name for name, one in paper.columns.items() if one.questions}


@pytest.mark.parametrize(
    ("column_name", "value", "holds"),
    [("harm_score", 1.0, True), ("harm_score", 1.01, False), ("harm_score", 0.99, False)],
)
def test_a_number_is_the_same_in_each_table_whatever_their_order(column_name, value, holds):
    content = PRINTED.model_dump()
    content["tables"]["table4"]["7B-Chat"]["values"][column_name] = value
    for tables in (content["tables"], dict(reversed(content["tables"].items()))):
        paper = Published.model_validate(content | {"tables": tables})
        places = [Place(table, "7B-Chat", column_name, "value") for table in tables if table in ("table1", "table4")]
        (repeat,) = of_place(paper, "repeat", places[1])
        assert repeat.places[1] == places[0]
        assert repeat.holds == holds


@pytest.mark.parametrize(("value", "holds"), [(0.95, False), (0.96, True), (0.97, False)])
def test_a_number_in_the_text_is_that_of_the_table(value, holds):
    content = PRINTED.model_dump()
    (one,) = [r for r in content["repeated"] if (r["row"], r["column"]) == ("7B-Chat-Finetuned", "harm_rate")]
    one["value"] = value
    place = Place(f"text, {one['claim']}", "7B-Chat-Finetuned", "harm_rate", "repeated")
    (repeat,) = of_place(Published.model_validate(content), "repeat", place)
    assert repeat.holds == holds


def small_paper(columns: dict[str, dict], rows: dict[str, dict]) -> Published:
    return Published.model_validate(
        {"columns": columns, "tables": {"table1": rows}, "models": {}, "shares": {}, "repeated": [], "setup": {}}
    )


def test_a_change_holds_just_where_two_counts_or_the_printed_values_differ_by_it():
    """Against a search in exact arithmetic, of values in tenths of 13 and of 37 questions."""
    tenths, half = [Fraction(k, 10) for k in range(11)], Fraction(1, 20)
    for n in (13, 37):
        means = {x: [Fraction(k, n) for k in range(n + 1) if abs(Fraction(k, n) - x) <= half] for x in tenths}
        for base, value in product(tenths[:6], tenths[3:]):
            possible = {v - b for v, b in product(means[value], means[base])}
            for off in range(-2, 3):
                change = value - base + Fraction(off, 10)
                rows = {
                    "b": {"values": {"x": float(base)}},
                    "v": {"base": "b", "values": {"x": float(value)}, "changes": {"x": float(change)}},
                }
                found = relations(small_paper({"x": column(n, 1).model_dump()}, rows))
                expected = off == 0 or any(abs(difference - change) <= half for difference in possible)
                assert [one.holds for one in found if one.kind == "change"] == [expected], (n, base, value, change)


def test_a_change_of_or_from_a_value_that_cannot_occur_does_not_hold():
    """Of ten questions 0.8 can be printed as 0.80, and nothing as 0.77."""
    for value, base in ((0.77, 0.8), (0.8, 0.77)):
        rows = {
            "b": {"values": {"x": base}},
            "v": {"base": "b", "values": {"x": value}, "changes": {"x": value - base + 0.01}},
        }
        found = relations(small_paper({"x": column(10, 2).model_dump()}, rows))
        assert [one.holds for one in found if one.kind == "change"] == [False]


@pytest.mark.parametrize(("questions", "holds"), [(2800, True), (2806, False)])
def test_one_base_must_fit_all_rounded_changes(questions, holds):
    """0.86 - 0.77, printed as 0.08 and as 0.10.

    Of 2,800 questions 0.77 may be 2,156, which leaves 2,394 and 2,422, both printed as 0.86. Of 2,806 the first change
    needs a base of at least 2,161 and the second one of at most 2,160.
    """
    rows = {"b": {"values": {"x": 0.77}}} | {
        name: {"base": "b", "values": {"x": 0.86}, "changes": {"x": change}}
        for name, change in (("v", 0.08), ("w", 0.1))
    }
    found = relations(small_paper({"x": column(questions, 2).model_dump()}, rows))
    assert [one.holds for one in found if one.kind == "change"] == [True, True]
    assert [one.holds for one in found if one.kind == "changes together"] == [holds]


def test_bounds_are_of_rows_with_rate_and_score_and_need_no_other_column():
    both = {name: PRINTED.columns[name].model_dump() for name in ("harm_rate", "harm_score")}
    rows = {"a": {"values": {"harm_rate": 0.5, "harm_score": 5.0}}, "b": {"values": {"harm_rate": 0.5}}}
    bounds = [one for one in relations(small_paper(both, rows)) if one.kind == "bound"]
    assert [(one.places[0].row, one.holds) for one in bounds] == [("a", False)]


@pytest.mark.parametrize(("score", "holds"), [(3.619, False), (3.620, True)])
def test_a_rate_is_rounded_by_more_than_a_score_of_three_decimals(score, holds):
    """0.66 of 90 responses may be 0.655, which leaves 3.62 less the half of the score's last digit, 3.6195."""
    columns = {name: PRINTED.columns[name].model_dump() | {"questions": 90} for name in ("harm_rate", "harm_score")}
    columns["harm_score"]["decimals"] = 3
    rows = {"a": {"values": {"harm_rate": 0.66, "harm_score": score}}}
    bounds = [one for one in relations(small_paper(columns, rows)) if one.kind == "bound"]
    assert [one.holds for one in bounds] == [holds]


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
