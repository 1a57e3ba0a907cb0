"""Claims on what a residual head regains, on planted results."""

import pytest

from superficial.reporting.claims.registry import check
from tests.reporting.means import planted_means


def test_a_share_and_a_lead_are_measured_on_the_main_comparison(central):
    share = check(central, "C2")
    assert share["measured"] == {"pooled recovered share": pytest.approx(0.5)}
    lead = check(central, "C4")["measured"]
    assert lead["GSM, aligned minus superficial"] == pytest.approx(0.3)
    assert lead["Info+True, aligned minus superficial"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("changes", "claim", "outcome"),
    [
        ({"toxigen": 0.3}, "C1", "not reproduced"),
        ({"toxigen": 0.03}, "C1", "inconclusive"),
        ({"gsm": 0.79}, "C2", "not reproduced"),
        ({"gsm": 0.75}, "C2", "inconclusive"),
        ({"gsm": 0.1}, "C2", "not reproduced"),
        ({"gsm": 0.25}, "C2", "inconclusive"),
        ({"truthfulqa": 1.0}, "C3", "not reproduced"),
        # 100 questions do not exclude a lead of 2 %.
        ({"truthfulqa": 1.0}, "C4", "inconclusive"),
    ],
)
def test_an_effect_that_is_missing_is_not_reproduced(tmp_path, changes, claim, outcome):
    assert check(planted_means(tmp_path, {"Small+Superficial": changes}), claim)["verdict"] == outcome
