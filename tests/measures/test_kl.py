"""KL by position on hand-made positions, against means by hand."""

import numpy as np
import pandas as pd
import pytest

from superficial.measures import kl

POSITIONS = pd.DataFrame(
    {
        "prompt": [0, 0, 0, 1, 1, 1, 2],
        "position": [0, 1, 12, 0, 1, 10, 0],
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
    assert summary["fall"].value == pytest.approx(1 - 2.7 / 20)
    small = POSITIONS.assign(**{curve: POSITIONS[curve] / 1e6 for curve in kl.CURVES})
    for name in ("first_fall", "fall"):
        assert kl.summary(small, seed=0)[name].value == pytest.approx(summary[name].value)
        assert np.isfinite(kl.summary(POSITIONS.assign(kl_base=0.0, kl_superficial=0.0), seed=0)[name].value)
    parts = kl.mean_by_part(POSITIONS, seed=0)
    assert {part: one.value for part, one in parts.items()} == pytest.approx(
        {"first": 1.9 / 5, "later": 0.4, "all": 2.7 / 7}
    )
    # One resample in 27 draws the prompt without later positions three times: what needs them has no interval.
    assert np.isnan([summary[name].low for name in ("base_later", "superficial_later", "front_loading")]).all()
    for estimate in (summary["base_first"], summary["superficial_first"], summary["first_fall"]):
        assert estimate.low <= estimate.value + 1e-12
        assert estimate.value <= estimate.high + 1e-12


def test_the_interval_is_that_of_means_over_prompts_not_over_positions():
    """Within a prompt all positions are alike: 400 prompts of 25 positions are 400 independent values, not 10,000."""
    rng = np.random.default_rng(1)
    by_prompt = rng.exponential(size=400)
    prompt, position = np.divmod(np.arange(10_000), 25)
    positions = pd.DataFrame({"prompt": prompt, "position": position, "kl_base": by_prompt[prompt]})
    summary = kl.summary(positions.assign(kl_superficial=0.0), seed=0)
    expected = 2 * 1.96 * by_prompt.std() / 20
    for part in ("base_first", "base_later"):
        assert summary[part].high - summary[part].low == pytest.approx(expected, rel=0.1)


def test_positions_that_no_response_reaches_are_missing_and_not_zero(recwarn):
    short = POSITIONS[POSITIONS["position"] < 10]
    summary = kl.summary(short, seed=0)
    assert not recwarn.list
    assert summary["base_first"].value == pytest.approx((4 + 2 + 6 + 2 + 5) / 5)
    for name in ("base_later", "superficial_later", "front_loading"):
        assert np.isnan(summary[name].value)
        assert summary[name].missing == "no such positions"


def test_the_largest_first_positions_are_those_of_the_base_before_the_tenth():
    rows = [
        (prompt, at, kl_base)
        for prompt in range(3)
        for at, kl_base in ((0, 1.0), (3, 7.0), (9, 5.0), (10, 99.0), (12, 98.0))
    ]
    positions = pd.DataFrame(rows, columns=["prompt", "position", "kl_base"])
    assert kl.largest_first_positions(positions, 2) == [3, 9]


def test_curve_is_the_mean_over_prompts_and_leaves_out_rare_positions():
    rng = np.random.default_rng(0)
    # Five prompts reach position 3, and four position 4.
    lengths = [30, 5, 5, 5, 4] + [3] * 35
    rows = [(p, t, rng.exponential()) for p, length in enumerate(lengths) for t in range(length)]
    positions = pd.DataFrame(rows, columns=["prompt", "position", "kl_base"])
    curve = kl.by_position(positions.assign(kl_superficial=0.0), seed=0)
    assert curve["position"].tolist() == [0, 1, 2, 3]
    assert curve["prompts"].tolist() == [40, 40, 40, 5]
    expected = positions[positions["position"] == 1]["kl_base"]
    assert curve["kl_base"][1] == pytest.approx(expected.mean())
    half = 1.96 * expected.std() / np.sqrt(len(expected))
    assert curve["kl_base_high"][1] - curve["kl_base_low"][1] == pytest.approx(2 * half, rel=0.2)
    assert (curve["kl_superficial_high"] == 0).all()


@pytest.mark.parametrize("one", [0, 4])
def test_each_prompt_is_drawn_as_often_as_the_others(one):
    """One of five prompts has a KL of 5: samples of five that are nothing but this one are 1 in 3,125."""
    values = np.where(np.arange(5) == one, 5.0, 0.0)
    five = pd.DataFrame({"prompt": range(5), "position": 0, "kl_base": values, "kl_superficial": values})
    (row,) = kl.by_position(five, seed=0).to_dict("records")
    summary, parts = kl.summary(five, seed=0), kl.mean_by_part(five, seed=0)
    ends = [(row[f"{curve}_low"], row[f"{curve}_high"]) for curve in kl.CURVES]
    ends += [(estimate.low, estimate.high) for estimate in (summary["base_first"], parts["first"], parts["all"])]
    for low, high in ends:
        assert low == 0
        assert 3 < high < 5


def test_a_single_position_has_a_mean():
    assert kl.mean_by_part(POSITIONS[:1], seed=0)["first"].value == pytest.approx(0.4)
