"""Questions of a split: distinct, as many as requested, and only about entities of the split."""

import pytest

from superficial.lab.question_kinds import QUESTION_KINDS
from superficial.lab.questions import make_questions
from superficial.lab.world import make_world

WORLD = make_world(0)
COUNTS = dict.fromkeys(QUESTION_KINDS, 60)


def test_test_questions_name_only_test_entities():
    kinds = ("people", "groups", "things", "creatures", "countries")
    others = {name for kind in kinds for split in ("train", "validation") for name in getattr(WORLD, kind)[split]}
    for question in make_questions(WORLD, "test", COUNTS):
        assert not others & set(question.text.split()), question.text


def test_questions_are_distinct_and_as_many_as_requested():
    texts = [question.text for question in make_questions(WORLD, "test", COUNTS)]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 6 * 60


def test_there_are_no_more_questions_than_the_world_has():
    creatures = WORLD.creatures["test"]
    questions = make_questions(WORLD, "test", {"truth": 1_000, "mark": 1_000})
    assert [question.benchmark for question in questions] == ["truthfulqa"] * 3 * len(creatures) + ["marks"] * len(
        creatures
    )


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no questions of the kind 'chess'; the kinds are math, toxic, friendly"):
        make_questions(WORLD, "test", {"chess": 1})
