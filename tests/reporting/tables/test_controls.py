"""Controls hold or fail by what was measured."""

import pandas as pd
import pytest

from superficial.artifacts import POSITIONS
from superficial.reporting.results import Results
from superficial.reporting.tables.controls import check_controls, controls_table, describe_failures
from tests.reporting.means import plant_gap, planted_means

HEADS_ALONE = {"gsm": 0.4, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.5}
PERFECT = {"Control-Head-Only": HEADS_ALONE, "Control-Head-Only+Superficial": HEADS_ALONE}


def holds(results: Results) -> dict[str, bool]:
    table = controls_table(results).data
    return dict(zip(table["control"] + ": " + table["what"], table["holds"], strict=True))


def test_controls_hold_where_the_known_answer_is_measured(tmp_path):
    held = holds(planted_means(tmp_path, PERFECT))
    assert held["only the head differs: recovered share, all four"]
    assert not held["only the head differs: residual KL (nats)"]
    assert not held["aligned = base: shift tokens"]
    assert held["aligned = base: largest |dW|"]
    assert held["shuffled teacher: upper end of the recovered share, GSM"]


@pytest.mark.parametrize(("kl", "change", "expected"), [(0.005, 0.00005, True), (0.01, 0.0001, False)])
def test_numbers_must_be_under_their_bounds(tmp_path, kl, change, expected):
    results = planted_means(tmp_path, PERFECT, changed=change)
    file = tmp_path / POSITIONS.of(head=results.student_head(results.profile.controls.head_only))
    pd.read_parquet(file).head(2).assign(kl_superficial=kl).to_parquet(file)
    table = controls_table(results)
    shown = dict(zip(table.shown["what"], table.shown["holds"], strict=True))
    for what in ("only the head differs: residual KL (nats)", "aligned = base: largest |dW|"):
        assert holds(results)[what] is expected
        assert shown[what.partition(": ")[2]] == ("yes" if expected else "NO")


def test_the_least_share_that_a_head_alone_must_regain_is_enough(tmp_path):
    means = {"toxigen": 0.0, "advbench": 1, "truthfulqa": 0.5}
    scores = {"Small": 0.0, "Control-Head-Only": 1.0, "Control-Head-Only+Superficial": 0.98}
    check = check_controls(planted_means(tmp_path, {name: means | {"gsm": gsm} for name, gsm in scores.items()}))[0]
    assert (check.measured, check.allowed, check.holds) == (0.98, "at least 0.98", True)


def test_equal_models_have_no_shift_tokens(tmp_path):
    results = planted_means(tmp_path, PERFECT)
    file = tmp_path / POSITIONS.of(head=results.profile.controls.same)
    positions = pd.read_parquet(file)
    positions.assign(target=positions["source"]).to_parquet(file)
    assert holds(results)["aligned = base: shift tokens"]
    positions.assign(target=["y", *positions["source"][1:]]).to_parquet(file)
    assert not holds(results)["aligned = base: shift tokens"]


def test_controls_fail_where_another_answer_is_measured(tmp_path):
    half = PERFECT | {"Control-Head-Only+Superficial": HEADS_ALONE | {"toxigen": 0.5}}
    # Above what a shuffled teacher may regain: 0.1 of 0.6, whose interval ends above 0.2.
    half |= {"Control-Shuffled+Superficial": {"gsm": 0.3}}
    held = holds(planted_means(tmp_path, half, changed=0.2))
    assert not held["only the head differs: recovered share, all four"]
    assert not held["aligned = base: largest |dW|"]
    assert not held["shuffled teacher: upper end of the recovered share, GSM"]


@pytest.mark.parametrize(("gsm", "expected"), [(0.2, True), (0.22, True), (0.3, False), (0.35, False)])
def test_a_shuffled_teacher_may_teach_only_what_its_interval_keeps_under_a_fifth(tmp_path, gsm, expected):
    """The gap is 0.6: 0.30 is a share of 0.17 whose interval reaches beyond 0.2, 0.35 a share of 0.25."""
    results = planted_means(tmp_path, {"Control-Shuffled+Superficial": {"gsm": gsm}})
    check = next(one for one in check_controls(results) if (one.control, one.what[-3:]) == ("shuffled teacher", "GSM"))
    assert check.holds is expected, check.measured
    failed, _ = describe_failures([check])
    assert bool(failed) is not expected


def test_a_shuffled_teacher_is_not_judged_by_answers_that_are_chosen(tmp_path):
    results = planted_means(tmp_path, PERFECT)
    benchmarks = dict(results.profile.benchmarks)
    benchmarks["truthfulqa"] = benchmarks["truthfulqa"].model_copy(update={"answers": "chosen"})
    chosen = Results(tmp_path, results.profile.model_copy(update={"benchmarks": benchmarks}), results.paper)
    measured = [[check.what for check in check_controls(one)] for one in (results, chosen)]
    left_out = [what for what in measured[0] if what not in measured[1]]
    assert left_out == ["upper end of the recovered share, Info+True"]


def test_a_control_without_a_value_fails_and_says_why(tmp_path):
    results = planted_means(tmp_path, PERFECT | {"Small-Chat": {"gsm": 0.2}})
    plant_gap(tmp_path, "Control-Shuffled+Superficial", "truthfulqa")
    shown = controls_table(results).shown.set_index("what")[["measured", "holds"]]
    assert shown.loc["upper end of the recovered share, GSM"].tolist() == ["no gap", "not tested"]
    assert shown.loc["upper end of the recovered share, Info+True"].tolist() == ["not judged", "not tested"]


def test_only_a_check_that_was_made_and_does_not_hold_is_a_failure(tmp_path):
    results = planted_means(tmp_path, PERFECT | {"Small-Chat": {"gsm": 0.2}}, changed=0.2)
    failed, not_made = describe_failures(check_controls(results))
    assert 'Control "aligned = base": largest |dW| is 0.2, not under 0.0001.' in failed
    assert not_made == [
        'Control "shuffled teacher": upper end of the recovered share, GSM could not be tested (no gap).'
    ]
    assert not any("GSM" in message for message in failed)


def test_where_the_aligned_model_is_worse_than_its_base_no_share_can_be_tested(tmp_path):
    means = {"Small-Chat": {"gsm": 0.02}, "Control-Shuffled+Superficial": {"gsm": 0.1}}
    failed, not_made = describe_failures(check_controls(planted_means(tmp_path, PERFECT | means)))
    assert not any("GSM" in message for message in failed)
    assert any("GSM could not be tested (no clear gap)" in message for message in not_made)
