"""The outcome of a condition follows from its interval, and the verdict from the worst condition."""

import numpy as np
import pytest

from superficial.measures.intervals import LEVEL, NO_GAP, Estimate
from superficial.reporting.claims.condition import Condition, deciding, first_estimate, reason, verdict

HALF = Estimate(0.5, 0.4, 0.6)


@pytest.mark.parametrize(
    ("above", "below", "outcome"),
    [
        (0.1, 0.9, "reproduced"),
        (0.45, np.inf, "inconclusive"),
        (-np.inf, 0.55, "inconclusive"),
        (0.4, np.inf, "inconclusive"),
        (-np.inf, 0.6, "inconclusive"),
        (0.6, np.inf, "not reproduced"),
        (-np.inf, 0.4, "not reproduced"),
    ],
)
def test_a_condition_holds_if_its_whole_interval_lies_in_the_open_range(above, below, outcome):
    assert Condition("", HALF, above, below).outcome() == outcome


def test_a_comparison_that_is_not_significant_after_correction_is_inconclusive():
    assert Condition("", HALF, above=0, corrected_p=0.04).outcome() == "reproduced"
    assert Condition("", HALF, above=0, corrected_p=0.06).outcome() == "inconclusive"
    assert Condition("", HALF, above=0, corrected_p=1 - LEVEL).outcome() == "inconclusive", "p must be smaller"


def test_a_missing_value_is_inconclusive():
    assert Condition("", NO_GAP, above=0, below=1).outcome() == "inconclusive"


def test_a_difference_that_is_clearly_wrong_fails_whatever_its_p_value():
    assert Condition("", HALF, above=0.7, corrected_p=0.5).outcome() == "not reproduced"


def test_where_a_premise_does_not_hold_there_is_nothing_to_test():
    holds, fails = Condition("a", HALF, above=0.1), Condition("b", HALF, below=0.3)
    for premise in (
        Condition("p", HALF, above=0.7, is_premise=True),
        Condition("p", HALF, above=0.45, is_premise=True),
    ):
        for effects in ([holds], [holds, fails]):
            assert verdict([*effects, premise]) == "inconclusive"
            assert reason([*effects, premise]).startswith("There is nothing to test: p is 0.500 [0.400, 0.600], which")
    premise = Condition("p", HALF, above=0.1, is_premise=True)
    assert verdict([premise, holds]) == "reproduced"
    assert reason([premise, holds]) == ""
    assert verdict([premise, holds, fails]) == "not reproduced"
    assert reason([premise, holds, fails]) == "B is 0.500 [0.400, 0.600], which must be below 0.3."
    assert deciding([premise, holds, fails]) is fails
    assert first_estimate([premise, holds, fails])["what"] == "a"
    failing = Condition("q", HALF, above=0.7, is_premise=True)
    assert deciding([premise, holds, fails, failing]) is failing


def test_the_worst_condition_decides():
    holds, is_open = Condition("", HALF, above=0.1), Condition("", HALF, above=0.45)
    fails = Condition("", HALF, below=0.3)
    assert verdict([holds]) == "reproduced"
    assert verdict([holds, is_open]) == "inconclusive"
    assert verdict([holds, is_open, fails]) == "not reproduced"
    assert deciding([holds, is_open, fails]) is fails
    assert ";" not in reason([is_open, fails, holds]), "an open condition is no reason for a verdict that another gives"
