"""Claims on where alignment changes tokens, on planted results."""

import pytest

from superficial.reporting.claims.registry import check
from tests.reporting.means import planted_means


def test_front_loading_and_style_are_measured(central):
    front_loaded = check(central, "C5")["measured"]
    assert front_loaded["base KL, first ten minus later positions (nats)"] == pytest.approx(0.8)
    assert front_loaded["fall of KL over the first ten positions"] == pytest.approx(0.95)
    assert check(central, "C6")["measured"] == {"share of stylistic target tokens": pytest.approx(0.8)}


def test_a_small_fall_of_the_kl_is_not_reproduced(tmp_path):
    assert check(planted_means(tmp_path, fall=0.5), "C5")["verdict"] == "not reproduced"
