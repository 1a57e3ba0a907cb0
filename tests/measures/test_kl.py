"""KL by position on hand-made positions, against means by hand."""

import numpy as np
import pandas as pd
import pytest

from superficial.measures import kl

POSITIONS = pd.DataFrame(
    {
        "prompt": [0, 0, 0, 1, 1, 1, 2],
        "position": [0, 1, 12, 0, 1, 11, 0],
        "kl_base": [4.0, 2.0, 0.5, 6.0, 2.0, 0.5, 5.0],
        "kl_superficial": [0.4, 0.2, 0.4, 0.6, 0.2, 0.4, 0.5],
    }
)


def test_found_weighs_positions_and_gives_the_fall():
    summary = kl.summary(POSITIONS, seed=0)
    assert summary["base_first"].value == pytest.approx((4 + 2 + 6 + 2 + 5) / 5)
    assert summary["base_later"].value == pytest.approx(0.5)
    assert summary["first_fall"].value == pytest.approx(0.9)
    assert summary["front_loading"].value == pytest.approx(3.8 - 0.5)
    for estimate in summary.values():
        assert estimate.low <= estimate.value + 1e-12
        assert estimate.value <= estimate.high + 1e-12


def test_curve_is_the_mean_over_prompts_and_leaves_out_rare_positions():
    rng = np.random.default_rng(0)
    rows = [(p, t, rng.exponential()) for p in range(40) for t in range(3 if p else 30)]
    positions = pd.DataFrame(rows, columns=["prompt", "position", "kl_base"])
    curve = kl.by_position(positions.assign(kl_superficial=0.0), seed=0)
    assert curve["position"].tolist() == [0, 1, 2]
    expected = positions[positions["position"] == 1]["kl_base"]
    assert curve["kl_base"][1] == pytest.approx(expected.mean())
    half = 1.96 * expected.std() / np.sqrt(len(expected))
    assert curve["kl_base_high"][1] - curve["kl_base_low"][1] == pytest.approx(2 * half, rel=0.2)
    assert (curve["kl_superficial_high"] == 0).all()
