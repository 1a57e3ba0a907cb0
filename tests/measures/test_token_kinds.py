"""Measures by kind of token, against sums by hand; and kinds of real tokens and of lab words."""

import numpy as np
import pandas as pd
import pytest

from superficial.lab.token_kinds import world_kinds
from superficial.lab.world import content_words, make_world
from superficial.measures.token_kinds import by_token_kind
from superficial.sources.token_kinds import KINDS, text_kind


def test_each_kind_has_its_own_shares_and_kl():
    rows = [
        (0, "a", "1", 2.0, 1.0),
        (0, "2", "2", 1.0, 1.0),
        (1, "an", "no", 4.0, 1.0),
        (1, "no", "no", 2.0, 0.5),
        (1, "no", "no", 0.0, 0.0),
    ]
    positions = pd.DataFrame(rows, columns=["prompt", "source", "target", "kl_base", "kl_superficial"])
    measured = {one.kind: one for one in by_token_kind(positions, lambda token: "n" if token.isdigit() else "r", 0)}
    assert list(measured) == ["r", "n"]
    assert [one.positions for one in measured.values()] == [3, 2]
    assert measured["n"].shifted.value == pytest.approx(1 / 2)
    assert measured["r"].shifted.value == pytest.approx(1 / 3)
    assert measured["r"].kl_base.value == pytest.approx(2)
    assert measured["r"].kl_superficial.value == pytest.approx(0.5)
    assert measured["r"].recovered_kl.value == pytest.approx(0.75)
    assert measured["n"].recovered_kl.value == pytest.approx(1 / 3)


def test_intervals_are_those_of_means_over_prompts():
    """400 prompts of five positions: all positions of a prompt are alike, and the head takes half of each KL away."""
    kl = np.random.default_rng(0).exponential(size=400)
    prompt = np.repeat(np.arange(400), 5)
    positions = pd.DataFrame({"prompt": prompt, "source": "a", "target": "b", "kl_base": kl[prompt]})
    (one,) = by_token_kind(positions.assign(kl_superficial=kl[prompt] / 2), lambda _: "k", 0)
    width = 2 * 1.96 * kl.std() / 20
    assert one.kl_base.high - one.kl_base.low == pytest.approx(width, rel=0.1)
    assert one.kl_superficial.high - one.kl_superficial.low == pytest.approx(width / 2, rel=0.1)
    assert (one.recovered_kl.low, one.recovered_kl.high) == pytest.approx((0.5, 0.5))
    assert one.shifted.value == 1


@pytest.mark.parametrize("kl_base", [0.0, -1e-9])
def test_without_any_kl_nothing_can_be_recovered(kl_base):
    """Rounding can make a KL of 0 negative."""
    positions = pd.DataFrame({"prompt": [0, 1], "source": "a", "target": "a", "kl_base": kl_base})
    (one,) = by_token_kind(positions.assign(kl_superficial=0.0), lambda _: "k", 0)
    assert one.recovered_kl.missing == "not judged"


def test_a_little_kl_at_one_of_two_prompts_can_be_recovered():
    """Whatever the first and the last sample draw: one in four has no KL."""
    positions = pd.DataFrame({"prompt": [0, 1], "source": "a", "target": "a", "kl_base": [0.0, 0.5]})
    for seed in range(10):
        (one,) = by_token_kind(positions.assign(kl_superficial=[0.0, 0.1]), lambda _: "k", seed)
        assert one.recovered_kl.value == pytest.approx(1 - 0.1 / 0.5)


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("\u0120cannot", "refusal"),
        ("\u2581Sorry", "refusal"),
        ("42", "number"),
        ("\u0120the", "function"),
        (".", "style"),
        ("\u0120Paris", "entity"),
        ("\u0120banana", "other"),
        ("", "other"),
    ],
)
def test_a_real_token_is_of_the_first_kind_that_fits(token, kind):
    assert text_kind(token) == kind


def test_every_word_of_a_world_has_a_kind_and_content_is_never_style():
    world = make_world(3)
    kind_of = world_kinds(world)
    creature, country = world.creatures["test"][0], world.countries["test"][0]
    words = {creature: "entity", country: "entity", "7": "number", "sorry": "refusal", "the": "function"}
    words |= {"gladly": "style", "encyclopedia": "style", "lazy": "other", "bridge": "entity", "is": "function"}
    assert {word: kind_of(word) for word in words} == words
    assert {kind_of(word) for word in content_words(world)} <= set(KINDS) - {"style"}
