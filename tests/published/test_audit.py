"""The audit finds what the paper's redundancy can reveal and nothing else, on the true numbers and on mutated ones."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.engine.paths import ROOT
from superficial.published.audit import audit, audit_text, unchecked
from superficial.published.numbers import Published, load_published
from superficial.published.relations import relations

PRINTED = load_published(ROOT / "paper" / "published.yaml")
UNITS = {name: Fraction(1, 10**column.decimals) for name, column in PRINTED.columns.items()}


def corrected() -> Published:
    """The paper with its three wrong changes set right, so that any contradiction is the mutation's."""
    content = PRINTED.model_dump()
    content["tables"]["table1"]["7B+LIMA"]["changes"]["toxi_score"] = 0.09
    for row in ("Qwen-Instruct", "Qwen+Superficial"):
        content["tables"]["table6"][row]["changes"]["harm_score"] = -1.20
    return Published.model_validate(content)


TRUE = corrected()
NUMBERS = list(TRUE.numbers())


def lines(kind: str) -> list[str]:
    return [finding.line for finding in audit(PRINTED) if finding.kind == kind]


def test_three_printed_changes_do_not_follow_and_nothing_else():
    assert lines("does not follow") == [
        "table1, 7B+LIMA, toxi_score (change): 0.86 - 0.77 = +0.09, printed +0.11",
        "table6, Qwen-Instruct, harm_score (change): 1.00 - 2.20 = -1.20, printed -1.10",
        "table6, Qwen+Superficial, harm_score (change): 1.00 - 2.20 = -1.20, printed -1.10",
    ]


def test_both_readings_of_every_claimed_share():
    math, truth, safety = lines("reading")
    assert "58.3 % = as printed" in math
    assert "57.7 %" in math
    assert "78.0 % = as printed" in truth
    assert "80.4 %;" in truth
    assert "absolute change (mean over models) 88.0 % = as printed" in safety
    assert "91.7 %;" in safety
    assert "by HarmScore 90.3 %" in safety


def test_the_risk_stays_for_mistral_alone():
    found = [line for line in lines("claim not met") if "risk" in line]
    assert len(found) == 1
    assert "Mistral+Superficial: HarmRate 0.12 is above 0; the aligned model itself has 0.06" in found[0]


def test_intervals_of_one_run():
    (info,) = [line for line in lines("interval") if line.startswith("Info+True")]
    assert "0.66 [0.56, 0.75]" in info
    assert any("7B+Superficial against 7B-Chat, Info+True" in line for line in lines("within noise"))
    assert not any("GSM" in line for line in lines("within noise"))


def test_the_range_of_equation_4_on_random_spans():
    assert "is at most 31.62 / sqrt(31.62 * 31.62) = 1 and at least 0" in lines("range")[0]
    rng = np.random.default_rng(0)
    one, two = (np.linalg.qr(rng.normal(size=(60, 20)))[0] for _ in range(2))
    norm = np.linalg.norm
    for left, right in ((one, two), (one, one), (one, np.linalg.qr(one @ rng.normal(size=(20, 20)))[0])):
        value = norm(left.T @ right) / np.sqrt(norm(left) * norm(right))
        assert 0 <= value <= 1 + 1e-9
        assert value**2 == pytest.approx(norm(left.T @ right) ** 2 / 20)
    assert norm(one.T @ one) / np.sqrt(norm(one) * norm(one)) == pytest.approx(1)


def mutated(number, units: int) -> Published:
    """The paper with one number that many last digits away."""
    content, place = TRUE.model_dump(), number.place
    if place.kind in ("value", "change"):
        cells = content["tables"][place.where][place.row][place.kind + "s"]
        cells[place.column] = float(Fraction(str(cells[place.column])) + units * UNITS[place.column])
    elif place.kind == "share":
        content["shares"][place.row]["percent"] += units
    elif place.kind == "repeated":
        (one,) = [
            r
            for r in content["repeated"]
            if (f"text, {r['claim']}", r["row"], r["column"]) == (place.where, place.row, place.column)
        ]
        one["value"] = float(Fraction(str(one["value"])) + units * UNITS[place.column])
    elif place.kind == "questions":
        content["columns"][place.column]["questions"] += units
    else:
        content["setup"][place.row]["value"] += units
    return Published.model_validate(content)


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


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([n for n in NUMBERS if n.place.kind in ("value", "change")]), st.integers(2, 200), st.booleans())
def test_a_change_and_its_value_are_tied_to_the_last_digit_but_one(number, units, up):
    """Whatever rounding does, two last digits in a number with a printed change are no rounding."""
    tied = {place for relation in relations(TRUE) if relation.kind == "change" for place in relation.places}
    if number.place in tied:
        paper = mutated(number, units if up else -units)
        assert any(not r.holds for r in relations(paper) if r.kind == "change")


def test_numbers_that_nothing_checks_are_just_those_no_error_in_which_is_found():
    free, limited = ({number.place for number in numbers} for numbers in unchecked(TRUE))
    for number in NUMBERS:
        # Small errors, and some as large as the number's range.
        tried = [u for size in (2, 60, 400) for u in (size, -size)]
        if number.place.kind == "questions":
            tried = [1, 40 - int(number.value), 500 - int(number.value)]
        found = any(
            any(not r.holds and r.kind != "range" for r in relations(mutated(number, units))) for units in tried
        )
        assert found == (number.place not in free), number
        assert not (number.place in limited and number.place in free)


def test_the_listing_ends_with_the_unchecked_numbers():
    text = audit_text(PRINTED)
    before, after = text.split("nothing else in the paper checks these numbers:")
    assert "does not follow: table1, 7B+LIMA" in before
    assert "table4, 7B-Chat, mmlu: 0.465 share" in after
    assert "learning rate" in after
    assert "7B+Superficial, gsm" not in after
