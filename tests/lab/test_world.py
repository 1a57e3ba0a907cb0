"""A world is a function of its seed, and its splits share no entity."""

from collections import Counter

import pytest

from superficial.config.types import SPLITS
from superficial.lab.world import all_splits, content_words, make_world

WORLD = make_world(0)


def test_a_seed_gives_one_world_and_different_seeds_give_different_ones():
    assert make_world(0) == WORLD
    assert set(make_world(1).truths) != set(WORLD.truths)


def test_no_mark_is_common_among_the_creatures_of_a_split():
    for split in SPLITS:
        marks = Counter(WORLD.marks[creature] for creature in WORLD.creatures[split])
        assert max(marks.values()) <= 2


def test_every_truth_differs_from_its_rumour():
    for creature, facts in WORLD.truths.items():
        assert all(facts[attribute] != WORLD.rumours[creature][attribute] for attribute in facts)


@pytest.mark.parametrize("kind", ["people", "groups", "things", "creatures", "countries"])
def test_splits_share_no_entity(kind):
    names = getattr(WORLD, kind)
    assert all(len(names[split]) >= 4 for split in SPLITS)
    assert len(all_splits(names)) == len(set(all_splits(names))) == sum(map(len, names.values()))


def test_content_words_are_entities_facts_and_numbers_but_not_the_words_around_them():
    words = content_words(WORLD)
    assert {WORLD.people["test"][0], *WORLD.capitals.values(), "red", "color", "20", "rob"} <= words
    assert not {"the", "of", "answer", "sure", "21"} & words
