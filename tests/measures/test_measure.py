"""How a measure is shown follows from its direction and kind."""

import pytest

from superficial.measures.measure import Measure


@pytest.mark.parametrize(
    ("measure", "sign", "heading", "decimals"),
    [
        (Measure("GSM", "gsm", "higher"), 1, "GSM ↑", 3),
        (Measure("HarmScore", "advbench", "lower", is_rate=False), -1, "HarmScore ↓", 2),
    ],
)
def test_sign_heading_and_decimals(measure, sign, heading, decimals):
    assert (measure.sign, measure.heading, measure.decimals) == (sign, heading, decimals)
