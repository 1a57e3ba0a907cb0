"""Statistics over draws against closed forms and other people's implementations."""

import numpy as np
import pytest
from scipy import stats

from superficial.measures.draws import mean_over_draws, mean_with_t_interval, prediction_interval, share_of_draws
from superficial.measures.intervals import Estimate

VALUES = np.array([0.55, 0.60, 0.59, 0.48, 0.71, 0.63, 0.52, 0.66, 0.58, 0.61])


def ends(estimate):
    return [estimate.low, estimate.high]


def test_the_t_interval_is_that_of_scipy():
    for values in (VALUES, VALUES[:2]):
        mean = mean_with_t_interval(values)
        assert mean.value == pytest.approx(values.mean())
        assert ends(mean) == pytest.approx(list(stats.ttest_1samp(values, 0).confidence_interval(0.95)))


def test_the_prediction_interval_is_that_of_a_regression_on_a_constant():
    # The textbook interval for a new observation of y = X b: x b ± t sqrt(s² (1 + x (X'X)^-1 x)), with X a column of 1.
    design = np.ones((len(VALUES), 1))
    coefficients, residual, *_ = np.linalg.lstsq(design, VALUES, rcond=None)
    variance = residual[0] / (len(VALUES) - 1) * (1 + np.linalg.inv(design.T @ design)[0, 0])
    half = 2.2621571627982053 * np.sqrt(variance)
    assert ends(prediction_interval(VALUES)) == pytest.approx([coefficients[0] - half, coefficients[0] + half])


def test_one_draw_has_no_interval(recwarn):
    for estimate in (mean_with_t_interval(VALUES[:1]), prediction_interval(VALUES[:1])):
        assert estimate.value == VALUES[0]
        assert np.isnan(ends(estimate)).all()
    assert not recwarn.list


@pytest.mark.parametrize(("holding", "draws"), [(0, 10), (3, 10), (8, 10), (10, 10), (1, 1), (np.int64(4), 4)])
def test_the_share_of_draws_has_the_exact_interval_of_a_binomial_test(holding, draws):
    test, share = stats.binomtest(holding, draws), share_of_draws(holding, draws)
    interval = test.proportion_ci(0.95, method="exact")
    assert (share.value, *ends(share)) == pytest.approx((test.statistic, interval.low, interval.high))


def test_the_deciding_interval_is_the_wider_of_spread_and_own_error():
    narrow = [Estimate(value, value - 0.001, value + 0.001) for value in VALUES]
    assert ends(mean_over_draws(narrow)) == pytest.approx(ends(mean_with_t_interval(VALUES)))
    # Ten equal draws, each with a standard error of 0.1: that of their mean is 0.1 / sqrt(10).
    equal = [Estimate(0.5, 0.5 - 0.196, 0.5 + 0.196)] * 10
    assert ends(mean_over_draws(equal)) == pytest.approx([0.5 - 0.196 / np.sqrt(10), 0.5 + 0.196 / np.sqrt(10)])


def test_each_end_is_as_wide_as_its_own_side():
    # No harmful response in any draw: the rate cannot be lower, but may be higher.
    never = mean_over_draws([Estimate(0.0, 0.0, 0.04)] * 10)
    assert ends(never) == pytest.approx([0.0, 0.04 / np.sqrt(10)])


def test_a_draw_without_an_interval_leaves_the_mean_without_one():
    assert np.isnan(ends(mean_over_draws([Estimate(0.5, 0.4, 0.6), Estimate(0.5, np.nan, np.nan)]))).all()
    assert np.isnan(ends(mean_over_draws([Estimate(0.5, 0.4, 0.6)]))).all()
