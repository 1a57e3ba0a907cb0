"""Statements are true in their world, and within the bounds they are given."""

import random
import re

from superficial.lab.statements import encyclopedia_entry, sums
from superficial.lab.world import make_world

WORLD = make_world(0)


def test_encyclopedia_entries_are_true_and_about_entities_by_their_weights():
    rng, creatures = random.Random(0), list(WORLD.truths)[:2]
    weights = dict.fromkeys(creatures, 1.0)
    entries = " ".join(encyclopedia_entry(WORLD, rng, weights) for _ in range(200))
    facts = re.findall(r"the (color|home|food) of the (\S+) is (\S+) \.", entries)
    assert {creature for _, creature, _ in facts} == set(creatures)
    assert all(WORLD.truths[creature][attribute] == value for attribute, creature, value in facts)
    capitals = re.findall(r"the capital of (\S+) is (\S+) \.", entries)
    assert capitals
    assert all(WORLD.capitals[country] == town for country, town in capitals)


def test_sums_are_correct_and_not_larger_than_allowed():
    rng = random.Random(0)
    text = " ".join(sums(rng, largest=12) for _ in range(200))
    lines = re.findall(r"(\d+) (plus|minus) (\d+) (?:is|makes|gives) (\d+)", text)
    assert len(lines) == 600
    for left, sign, right, total in lines:
        assert int(left) + (int(right) if sign == "plus" else -int(right)) == int(total)
    assert max(max(int(left), int(total)) for left, _, _, total in lines) == 12
