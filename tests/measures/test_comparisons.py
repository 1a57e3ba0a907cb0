"""Tests of differences and their correction, against closed forms and the definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superficial.measures.comparisons import bootstrap_p, holm, kappa


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_holm_is_the_closed_test_of_all_subsets_by_bonferroni(p):
    """A hypothesis is as improbable as the most probable of the intersections it is part of."""
    subsets = [s for size in range(1, len(p) + 1) for s in combinations(range(len(p)), size)]
    closed = [min(1, max(len(s) * min(p[i] for i in s) for s in subsets if one in s)) for one in range(len(p))]
    assert holm(p) == pytest.approx(closed)


def test_the_p_of_resampled_differences():
    assert bootstrap_p(np.ones(1999)) == pytest.approx(2 / 2000)
    assert bootstrap_p(np.zeros(100)) == 1
    assert bootstrap_p(np.arange(-9, 90)) == bootstrap_p(-np.arange(-9, 90)) == pytest.approx(2 * 11 / 100)
    assert bootstrap_p(np.array([0.5, np.nan, 0.7])) == 1


def test_kappa_is_agreement_beyond_chance(recwarn):
    # Two readers of 50 proposals: both yes 20, both no 15, only the first yes 5, only the second 10.
    left = np.array([1] * 20 + [0] * 15 + [1] * 5 + [0] * 10)
    right = np.array([1] * 20 + [0] * 15 + [0] * 5 + [1] * 10)
    assert kappa(left, right) == kappa(np.tile(left, 6), np.tile(right, 6)) == pytest.approx(0.4)
    assert kappa(left, left) == pytest.approx(1)
    assert kappa(np.array([1, 2, 3, 1]), np.array([2, 3, 1, 2])) == pytest.approx((0 - 5 / 16) / (1 - 5 / 16))
    assert np.isnan(kappa(np.ones(4), np.ones(4))) and not recwarn.list
    for one, other in ((3, 2), (2, 3)):
        with pytest.raises(ValueError, match=f"{one} and {other}"):
            kappa(np.ones(one), np.ones(other))
