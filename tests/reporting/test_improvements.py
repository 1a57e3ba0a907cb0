"""Students against simpler methods, rate by rate."""

import numpy as np
import pytest

from superficial.measures.comparisons import holm
from superficial.measures.scores import FOUR_RATES
from superficial.reporting.improvements import improvements
from tests.reporting.means import GOOD, LAB, plant_gap, planted_means


def test_each_rate_is_compared_towards_better_and_all_are_corrected_together(lab):
    compared = improvements(lab)
    assert [(one.student, one.other, one.measure) for one in compared] == [
        (baselines.student, other, measure)
        for baselines in LAB.baselines
        for other in baselines.others
        for measure in FOUR_RATES
    ]
    base, student = GOOD["Small"], GOOD["Small+Superficial"]
    gains = {"gsm": student["gsm"] - base["gsm"], "toxi_score": 1, "harm_rate": 1, "info_true": 0.5}
    assert {one.measure: one.estimate.value for one in compared[:4]} == pytest.approx(gains)
    assert compared[0].estimate.low < compared[0].estimate.value < compared[0].estimate.high
    assert [one.corrected_p for one in compared] == holm([one.p for one in compared])


def test_a_rate_that_was_not_judged_is_unknown(tmp_path):
    results = planted_means(tmp_path, profile=LAB)
    plant_gap(tmp_path, LAB.baselines[0].student, "truthfulqa")
    unknown = next(one for one in improvements(results) if one.measure == "info_true")
    assert unknown.estimate.missing == "not judged"
    assert np.isnan(unknown.estimate.value)
    assert unknown.p == 1
