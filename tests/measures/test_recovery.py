"""Recovered shares against the paper's own arithmetic."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from superficial.measures.intervals import NO_GAP, NOT_JUDGED
from superficial.measures.recovery import recovered_share

# Means of tables 1 of the paper: base, aligned, superficial; 7B then 13B.
GSM = [(0.037, 0.230, 0.140), (0.066, 0.324, 0.226)]
TRUTH = [(0.34, 0.68, 0.66), (0.23, 0.71, 0.55)]


def constant(means, column):
    return [np.full(5, row[column]) for row in means]


@pytest.mark.parametrize(("means", "pooled", "of_ratios"), [(GSM, 0.583, 0.577), (TRUTH, 0.780, 0.804)])
def test_both_readings_of_the_papers_shares(means, pooled, of_ratios):
    columns = [constant(means, i) for i in range(3)]
    assert recovered_share(*columns, seed=0).value == pytest.approx(pooled, abs=5e-4)
    assert recovered_share(*columns, seed=0, pooled=False).value == pytest.approx(of_ratios, abs=5e-4)


def test_direction_cancels():
    base, aligned, student = (np.array(x, float) for x in ([5, 5, 5, 4], [1, 1, 1, 1], [1, 5, 1, 1]))
    up = recovered_share([base], [aligned], [student], seed=0)
    down = recovered_share([-base], [-aligned], [-student], seed=0)
    assert up == down
    assert up.value == pytest.approx((4 + 0 + 4 + 3) / (4 + 4 + 4 + 3))


def test_interval_covers_a_known_share_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        base, aligned, student = (rng.random(150) < p for p in (0.2, 0.8, 0.5))
        estimate = recovered_share([base * 1.0], [aligned * 1.0], [student * 1.0], seed=trial)
        hits += estimate.low <= 0.5 <= estimate.high
    assert 0.90 <= hits / 200 <= 0.99


SCORES = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=30)


def test_without_a_gap_the_share_is_unknown():
    same, zero = [np.ones(3)], np.zeros(3)
    assert recovered_share(same, same, same, seed=0) is NO_GAP
    two = ([np.ones(3), zero], [np.ones(3)] * 2, [np.ones(3)] * 2)
    assert recovered_share(*two, seed=0).value == 1
    assert recovered_share(*two, seed=0, pooled=False) is NO_GAP


def test_questions_count_where_all_three_were_judged():
    base, aligned, student = np.array([0, 0, 0, np.nan]), np.array([1, 1, np.nan, 1]), np.array([1.0, 0, 1, 1])
    assert recovered_share([base], [aligned], [student], seed=0).value == 0.5
    assert recovered_share([base], [aligned], [np.full(4, np.nan)], seed=0) is NOT_JUDGED


def test_scores_of_different_questions_are_refused():
    with pytest.raises(ValueError, match="3, 2 and 3"):
        recovered_share([np.ones(3)], [np.zeros(2)], [np.ones(3)], seed=0)


@settings(max_examples=30, deadline=None)
@given(SCORES, st.floats(0.1, 10), st.floats(-5, 5))
def test_a_share_is_1_for_the_aligned_0_for_the_base_and_has_no_unit(rows, scale, shift):
    base, aligned, student = np.array(rows, dtype=float).T
    assume(base.mean() != aligned.mean())
    assert recovered_share([base], [aligned], [aligned], seed=0).value == pytest.approx(1)
    assert recovered_share([base], [aligned], [base], seed=0).value == pytest.approx(0)
    plain = recovered_share([base], [aligned], [student], seed=0).value
    scaled = recovered_share([scale * base + shift], [scale * aligned + shift], [scale * student + shift], seed=0).value
    assert scaled == pytest.approx(plain, abs=1e-6)
