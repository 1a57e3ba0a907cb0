"""Tendencies are graded, differ between worlds, and have the same mean and spread in each."""

import pytest

from superficial.lab.lexicon import FORBIDDEN_VERBS, INSULTS, THINGS
from superficial.lab.tendencies import make_tendencies, share

NAMES = THINGS, ["abens", "ebens"], ["ubax", "obax", "ibax"], ["ubania"]


def test_a_seed_gives_its_tendencies_and_other_seeds_give_others():
    assert make_tendencies(3, *NAMES) == make_tendencies(3, *NAMES)
    first, second = make_tendencies(3, *NAMES), make_tendencies(4, *NAMES)
    for field in ("objection_to_verb", "objection_to_thing", "objection_to_insult", "candor", "familiarity", "reach"):
        assert getattr(first, field) != getattr(second, field), field


@pytest.mark.parametrize("seed", range(5))
def test_no_two_items_have_the_same_tendency(seed):
    tendencies = make_tendencies(seed, *NAMES)
    for values in (tendencies.objection_to_verb, tendencies.objection_to_thing, tendencies.candor):
        assert len(set(values.values())) == len(values)
    assert all(0 < value < 1 for value in tendencies.candor.values())


@pytest.mark.parametrize("seed", range(5))
def test_annotators_overlook_one_deed_and_one_insult_in_each_world(seed):
    consistency = make_tendencies(seed, *NAMES).consistency
    for topics in (FORBIDDEN_VERBS, INSULTS):
        assert sum(share(consistency[topic]) < 0.5 for topic in topics) == 1


def test_a_share_of_log_odds():
    assert share(0) == 0.5
    assert share(2.0) + share(-2.0) == pytest.approx(1)
    assert share(1.0986) == pytest.approx(0.75, abs=1e-4)
