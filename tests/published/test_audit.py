"""The audit states what the paper's numbers reveal, with the arithmetic."""

import re

import numpy as np
import pytest
from scipy.stats import binom, hypergeom

from superficial.published.audit import audit, audit_text, intervals, readings, unchecked, unmet_claims
from superficial.published.numbers import Published
from superficial.published.relations import relations
from tests.published.mutations import NUMBERS, PRINTED, TRUE, mutated


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
    assert "absolute change (mean over models) 13.2 %" in math
    assert [line.count("as printed") for line in (math, truth, safety)] == [2, 1, 1]
    assert not any("by HarmScore" in line for line in (math, truth))


def test_an_absolute_share_is_also_given_by_each_other_measure_in_points():
    content = PRINTED.model_dump()
    content["columns"]["harm_rate"]["unit"] = "points"
    content["columns"]["grade"] = content["columns"]["harm_score"] | {"label": "Grade", "questions": None}
    attacked = content["models"]["attacked"]
    for role, grade in (("base", 5.0), ("aligned", 1.0), ("student", 2.0)):
        content["tables"]["table4"][attacked[role]]["values"]["grade"] = grade
    safety = list(readings(Published.model_validate(content)))[-1].line
    assert "; pooled by HarmScore 90.3 %; pooled by Grade 75.0 %;" in safety
    assert "by HarmRate" not in safety


def test_a_share_of_no_gap_is_said_to_be_no_number():
    content = PRINTED.model_dump()
    for model in ("7B", "13B"):
        values = content["tables"]["table1"]
        values[f"{model}-Chat"]["values"]["gsm"] = values[model]["values"]["gsm"]
    math = next(iter(readings(Published.model_validate(content)))).line
    assert "nan %" in math and "as printed" not in math


def test_an_absolute_share_of_a_base_without_harm_has_the_interval_of_a_binomial_count():
    content = PRINTED.model_dump()
    attacked = content["models"]["attacked"]
    for table, role, value in (("table4", "base", 0.0), ("table1", "aligned", 0.5), ("table4", "student", 0.25)):
        content["tables"][table][attacked[role]]["values"]["harm_rate"] = value
    low, high = binom.ppf([0.025, 0.975], 100, 0.25)
    safety = list(readings(Published.model_validate(content)))[-1].line
    assert f"n = 100 and one run allow {low:.0f} to {high:.0f} %" in safety


def test_a_share_has_the_interval_of_its_questions():
    """Of 10,000 questions a rate is nearly normal, and a share is as uncertain as its gains and gaps together."""
    content = PRINTED.model_dump()
    content["columns"]["gsm"]["questions"] = content["columns"]["harm_rate"]["questions"] = 10_000
    found = {finding.line.partition(",")[0]: finding.line for finding in readings(Published.model_validate(content))}
    for name, share in PRINTED.shares.items():
        models = [PRINTED.models[model] for model in share.models]
        base, aligned, student = (
            np.array([PRINTED.printed(getattr(model, role), share.column) for model in models])
            for role in ("base", "aligned", "student")
        )
        of_base, of_aligned, of_student = ((rate * (1 - rate)).sum() / 10_000 for rate in (base, aligned, student))
        if share.column == "harm_rate":
            value, deviation = abs(student - base).mean(), np.sqrt(of_base + of_student) / len(models)
        elif share.column == "gsm":
            gap = (aligned - base).sum()
            value = (student - base).sum() / gap
            deviation = np.sqrt(of_student + (1 - value) ** 2 * of_base + value**2 * of_aligned) / gap
        else:
            continue
        low, high = (float(end) for end in re.search(r"allow (\S+) to (\S+) %", found[name]).groups())
        assert (low, high) == pytest.approx(
            (100 * (value - 1.96 * deviation), 100 * (value + 1.96 * deviation)), abs=0.55
        )


def test_the_risk_stays_for_mistral_alone():
    found = [line for line in lines("claim not met") if "risk" in line]
    assert len(found) == 1
    assert "Mistral+Superficial: HarmRate 0.12 is above 0; the aligned model itself has 0.06" in found[0]


def test_a_simpler_method_beats_the_student_where_its_printed_value_is_better():
    content = PRINTED.model_dump()
    content["tables"]["table1"]["7B+Superficial"]["values"]["gsm"] = 0.05
    # A student without a value in one measure has findings in those that follow.
    for cells in ("values", "changes"):
        del content["tables"]["table5"]["Mistral+Superficial"][cells]["gsm"]
    found = [finding.line for finding in unmet_claims(Published.model_validate(content))]
    assert [line for line in found if "not better" in line] == [
        "7B+Superficial is not better than 7B+LIMA in GSM (higher is better): 0.050 against 0.058",
        "Mistral+Superficial is not better than Mistral+Urial in HarmRate (lower is better): 0.12 against 0.10",
        "Mistral+Superficial is not better than Mistral+Urial in HarmScore (lower is better): 1.62 against 1.43",
    ]


def fisher(count: int, other: int, n: int) -> float:
    """The probability of all tables that are no more probable than this one, of the same sums."""
    probabilities = hypergeom.pmf(np.arange(n + 1), 2 * n, n, count + other)
    return float(probabilities[probabilities <= probabilities[count] * (1 + 1e-7)].sum())


def test_differences_are_within_noise_where_a_test_of_their_counts_is_not_significant():
    expected = []
    for model in PRINTED.models.values():
        for name in ("gsm", "toxi_score", "harm_rate", "info_true"):
            n, student = PRINTED.columns[name].questions, PRINTED.value(model.student, name)
            for other in [model.aligned, *model.others]:
                if student is not None and student != PRINTED.printed(other, name):
                    p = fisher(round(student * n), round(PRINTED.printed(other, name) * n), n)
                    if p > 0.05:
                        expected.append((f"{model.student} against {other}, {PRINTED.columns[name].label}", f"{p:.2f}"))
    found = [(line.partition(":")[0], re.search(r"p = (.*)\)", line)[1]) for line in lines("within noise")]
    assert found == expected


def test_only_rates_of_known_questions_have_intervals():
    labels = [finding.line.partition(",")[0] for finding in intervals(PRINTED)]
    assert labels == ["GSM", "ToxiScore", "HarmRate", "Info+True"]


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


def test_questions_and_harm_scores_without_a_printed_change_are_only_limited():
    (_, limited) = unchecked(TRUE)
    assert {number.place.column for number in limited if number.place.kind == "questions"} == {
        name for name, column in PRINTED.columns.items() if column.questions
    }
    of_score = {(n.place.where, n.place.row) for n in limited if n.place.column == "harm_score" and n.place.row}
    # The score of 7B-Chat stands in Table 1 as well.
    assert of_score == {(table, row) for table in ("table4", "table7") for row in PRINTED.tables[table]} - {
        ("table4", "7B-Chat")
    }


def test_the_listing_ends_with_the_unchecked_numbers():
    text = audit_text(PRINTED)
    before, after = text.split("nothing else in the paper checks these numbers:")
    assert "does not follow: table1, 7B+LIMA" in before
    assert "table4, 7B-Chat, mmlu: 0.465 share" in after
    assert "learning rate" in after
    assert "7B+Superficial, gsm" not in after
