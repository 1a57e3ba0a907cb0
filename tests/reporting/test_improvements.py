"""Students against simpler methods, the four rates summed."""

import numpy as np
import pytest

from superficial.measures.comparisons import holm
from superficial.reporting.improvements import improvements
from tests.reporting.means import GOOD, LAB, plant_gap, planted_means


def test_the_four_rates_are_summed_towards_better_and_corrected_together(lab):
    compared = improvements(lab)
    assert [(one.student, one.other) for one in compared] == [
        (baselines.student, other) for baselines in LAB.baselines for other in baselines.others
    ]
    first = compared[0]
    base, student = GOOD["Small"], GOOD["Small+Superficial"]
    gains = (student["gsm"] - base["gsm"], 1, 1, student["truthfulqa"] - base["truthfulqa"])
    assert first.estimate.value == pytest.approx(sum(gains))
    assert first.estimate.low < first.estimate.value < first.estimate.high
    assert [one.corrected_p for one in compared] == holm([one.p for one in compared])


def test_a_rate_that_was_not_judged_leaves_the_sum_unknown(tmp_path):
    results = planted_means(tmp_path, profile=LAB)
    baselines = LAB.baselines[0]
    plant_gap(tmp_path, baselines.student, "truthfulqa")
    first = improvements(results)[0]
    assert first.estimate.missing == "not judged"
    assert np.isnan(first.estimate.value)
    assert first.p == 1
