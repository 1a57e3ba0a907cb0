"""Recovered shares of a profile's comparisons."""

import numpy as np
import pytest

from superficial.measures.scores import FOUR_RATES
from superficial.reporting.recovery import ALL_FOUR, comparison_share, measures_with_share, scores_towards_better
from tests.reporting.means import GOOD


def test_a_share_is_gain_over_gap_whichever_direction_is_better(central):
    assert comparison_share(central, "superficial", "gsm").value == pytest.approx((0.5 - 0.2) / (0.8 - 0.2))
    assert comparison_share(central, "superficial", "toxi_score").value == pytest.approx(1)


def test_all_four_sums_gains_and_gaps_and_has_no_mean_of_ratios(central):
    # Gains and gaps of GSM, ToxiScore, HarmRate and Info+True.
    gain, gap = 0.3 + 1 + 1 + 0.5, 0.6 + 1 + 1 + 0.9
    assert comparison_share(central, "superficial", ALL_FOUR).value == pytest.approx(gain / gap)
    ratios = comparison_share(central, "superficial", ALL_FOUR, pooled=False)
    assert np.isnan(ratios.value)
    assert ratios.missing == "-"


def test_scores_of_a_measure_where_lower_is_better_have_their_sign_turned(central):
    assert scores_towards_better(central, "Small", "toxi_score").values.mean() == -GOOD["Small"]["toxigen"]
    assert scores_towards_better(central, "Small", "gsm").values.mean() == pytest.approx(GOOD["Small"]["gsm"])


def test_all_four_needs_all_four_rates(lab):
    profile = lab.profile
    assert measures_with_share(lab, profile.recovery[profile.main_comparison]) == [*FOUR_RATES, ALL_FOUR]
    assert measures_with_share(lab, profile.recovery[profile.controls.backbone]) == ["marks"]
