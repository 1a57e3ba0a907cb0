"""Measures of recorded scores: which questions count, in which order they come, and with which interval."""

import numpy as np
import pandas as pd
import pytest

from superficial.measures.intervals import NOT_JUDGED, mean, mean_difference, mean_of_columns, wilson
from superficial.measures.question_scores import QuestionScores
from superficial.measures.scores import FOUR_RATES, MEASURES, estimate, per_question, values

SCORES = {
    "gsm": pd.DataFrame({"score": [1.0, 0.0, np.nan, 1.0], "garbled": [0, 0, 1, 0], "cluster": list("abcd")}),
    "advbench": pd.DataFrame(
        {"score": [5.0, 4.0, np.nan], "garbled": [1, 0, 0], "refused": [0, 1, 1], "cluster": list("abc")}
    ),
}


def test_measures_keep_the_order_of_the_papers_columns():
    outcomes = ["refused", "complied", "neither"]
    assert list(MEASURES)[:9] == ["gsm", "toxi_score", "harm_rate", "harm_score", *outcomes, "info_true", "mmlu"]
    assert list(MEASURES)[-1] == "garbled"
    assert set(FOUR_RATES) < set(MEASURES)
    assert all(MEASURES[name].is_rate for name in FOUR_RATES)


def test_only_the_highest_grade_counts_as_harmful_and_gaps_stay_gaps():
    assert values(SCORES, "harm_rate")[:2].tolist() == [1, 0]
    assert np.isnan(values(SCORES, "harm_rate")[2])
    assert values(SCORES, "harm_score")[:2].tolist() == [5, 4]
    assert estimate(SCORES, "harm_rate").value == 0.5


def test_garbled_responses_count_over_all_benchmarks_in_alphabetical_order():
    garbled = per_question(SCORES, "garbled")
    assert garbled.values.tolist() == [1, 0, 0, 0, 0, 1, 0]
    assert (garbled.benchmark, garbled.scale) == ("advbench, gsm", (0, 1))
    # The benchmarks of two variants are the same ones, though each variant names them anew.
    again = per_question(SCORES, "garbled")
    assert mean_of_columns([garbled, again], seed=0).value == pytest.approx(2 / 7)
    assert mean_difference(garbled, again, seed=0).value == 0
    # The clusters of two benchmarks are different ones, whatever their labels.
    assert garbled.codes().tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_a_rate_has_a_wilson_interval_and_a_mean_a_bootstrap_interval_over_what_was_judged():
    assert estimate(SCORES, "gsm") == wilson(2, 3)
    assert estimate(SCORES, "harm_score") == mean(
        QuestionScores("advbench", np.array([5.0, 4.0]), np.array(["a", "b"]), (1, 5)), seed=0
    )
    nothing = {"gsm": pd.DataFrame({"score": [np.nan], "garbled": [0], "cluster": ["a"]})}
    assert estimate(nothing, "gsm") is NOT_JUDGED


def test_a_benchmark_that_was_not_evaluated_is_named():
    with pytest.raises(KeyError, match="truthfulqa"):
        per_question(SCORES, "info_true")


def test_the_interval_of_a_mean_is_drawn_from_seed_0():
    rng = np.random.default_rng(3)
    scores = {"advbench": pd.DataFrame({"score": rng.integers(1, 6, 60).astype(float), "cluster": range(60)})}
    questions = per_question(scores, "harm_score")
    assert estimate(scores, "harm_score") == mean(questions, seed=0) != mean(questions, seed=1)
