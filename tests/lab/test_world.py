"""The world is a function of its seed, and what is kept for test questions is never trained on."""

from itertools import islice

import pytest

from superficial.lab.corpus import FAMILIES, alignment_examples, base_documents, questions
from superficial.lab.families import is_held_out
from superficial.lab.lexicon import make_world

WORLD = make_world(0)
COUNTS = {family: 60 for family in FAMILIES}


def test_same_seed_same_world_other_seed_other_entities():
    assert make_world(0) == WORLD
    assert set(make_world(1).truths) != set(WORLD.truths)


def test_every_truth_differs_from_its_rumour():
    for creature, facts in WORLD.truths.items():
        assert all(facts[name] != WORLD.rumours[creature][name] for name in facts)


@pytest.mark.parametrize("kind", ["people", "groups", "things", "creatures", "countries"])
def test_splits_share_no_entity(kind):
    split = getattr(WORLD, kind)
    assert split["train"] and split["test"]
    assert not set(split["train"]) & set(split["test"])


def test_test_questions_hold_only_test_entities():
    train_entities = {
        w for kind in ("people", "groups", "things", "creatures", "countries") for w in getattr(WORLD, kind)["train"]
    }
    for question in questions(WORLD, "test", COUNTS):
        assert not train_entities & set(question.text.split()), question.text


def test_no_training_text_contains_a_test_question_or_its_numbers():
    asked = {q.text for q in questions(WORLD, "test", COUNTS)}
    assert not asked & {e.question for e in islice(alignment_examples(WORLD, 0), 5_000)}
    for question in questions(WORLD, "train", COUNTS):
        if question.family == "gsm":
            assert not is_held_out(question.reference["start"], tuple(question.reference["steps"]))


def test_questions_are_distinct_and_as_many_as_asked():
    texts = [q.text for q in questions(WORLD, "test", COUNTS)]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 6 * 60


def test_corpus_repeats_for_a_seed():
    assert list(islice(base_documents(WORLD, 3), 50)) == list(islice(base_documents(WORLD, 3), 50))
