"""Recovered shares against the paper's own arithmetic."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from superficial.measures.intervals import NO_GAP, NOT_JUDGED, Estimate
from superficial.measures.question_scores import QuestionScores, unclustered
from superficial.measures.recovery import recovered_share

# Means of tables 1 of the paper: base, aligned, superficial; 7B then 13B.
GSM = [(0.037, 0.230, 0.140), (0.066, 0.324, 0.226)]
TRUTH = [(0.34, 0.68, 0.66), (0.23, 0.71, 0.55)]


def constant(means, column):
    return [unclustered(np.full(5, row[column])) for row in means]


def share(base, aligned, student, pooled: bool = True) -> Estimate:
    """Return the share of one model pair's unrelated questions."""
    return recovered_share([unclustered(base)], [unclustered(aligned)], [unclustered(student)], seed=0, pooled=pooled)


@pytest.mark.parametrize(("means", "pooled", "of_ratios"), [(GSM, 0.583, 0.577), (TRUTH, 0.780, 0.804)])
def test_both_readings_of_the_papers_shares(means, pooled, of_ratios):
    columns = [constant(means, i) for i in range(3)]
    assert recovered_share(*columns, seed=0).value == pytest.approx(pooled, abs=5e-4)
    assert recovered_share(*columns, seed=0, pooled=False).value == pytest.approx(of_ratios, abs=5e-4)


def test_direction_cancels():
    base, aligned, student = (np.array(x, float) for x in ([5, 5, 5, 4], [1, 1, 1, 1], [1, 5, 1, 1]))
    up, down = share(base, aligned, student), share(-base, -aligned, -student)
    assert up.value == down.value
    assert up.value == pytest.approx((4 + 0 + 4 + 3) / (4 + 4 + 4 + 3))
    assert share(base, aligned, student, pooled=False).value == pytest.approx(up.value)


def test_models_that_answer_the_same_questions_are_resampled_together():
    """Two models that answer alike are no more evidence than one; on questions of their own they are."""
    rng = np.random.default_rng(0)
    base, aligned, student = ((rng.random(200) < p).astype(float) for p in (0.2, 0.8, 0.5))
    one = share(base, aligned, student)

    def pooled(benchmarks):
        models = [[QuestionScores(name, v, np.arange(200)) for name in benchmarks] for v in (base, aligned, student)]
        return recovered_share(*models, seed=0)

    together, apart = pooled(("x", "x")), pooled(("x", "y"))
    assert together.high - together.low == pytest.approx(one.high - one.low, rel=0.1)
    assert apart.high - apart.low == pytest.approx((one.high - one.low) / np.sqrt(2), rel=0.1)


def test_a_share_of_everything_is_not_certain():
    everything = share(np.zeros(80), np.ones(80), np.ones(80))
    assert everything.value == 1
    assert 0.9 < everything.low < 1 < everything.high < 1.1


SCORES = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=30)


def test_without_a_gap_the_share_is_unknown():
    ones, zeros = unclustered(np.ones(3)), unclustered(np.zeros(3))
    assert recovered_share([ones], [ones], [ones], seed=0) is NO_GAP
    two = ([ones, zeros], [ones] * 2, [ones] * 2)
    assert recovered_share(*two, seed=0).value == 1
    assert recovered_share(*two, seed=0, pooled=False) is NO_GAP


def test_questions_count_where_all_three_were_judged():
    base, aligned, student = np.array([0, 0, 0, np.nan]), np.array([1, 1, np.nan, 1]), np.array([1.0, 0, 1, 1])
    assert share(base, aligned, student).value == 0.5
    assert share(base, aligned, np.full(4, np.nan)) is NOT_JUDGED


def test_scores_of_different_questions_are_refused():
    with pytest.raises(ValueError, match="2 and 3"):
        share(np.ones(3), np.zeros(2), np.ones(3))


def test_each_model_pair_needs_all_three():
    one = unclustered(np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        recovered_share([one] * 2, [one] * 2, [one], seed=0)


@settings(max_examples=30, deadline=None)
@given(SCORES, st.floats(0.1, 10), st.floats(-5, 5))
def test_a_share_is_1_for_the_aligned_0_for_the_base_and_has_no_unit(rows, scale, shift):
    base, aligned, student = np.array(rows, dtype=float).T
    assume(base.mean() != aligned.mean())
    assert share(base, aligned, aligned).value == pytest.approx(1)
    assert share(base, aligned, base).value == pytest.approx(0)
    scaled = share(scale * base + shift, scale * aligned + shift, scale * student + shift)
    assert scaled.value == pytest.approx(share(base, aligned, student).value, abs=1e-6)
