"""The world is a function of its seed, and what is kept for test questions is never trained on."""

import re
from itertools import islice

import pytest

from superficial.lab.corpus import FAMILIES, alignment_examples, base_documents, questions
from superficial.lab.families import sequence_split
from superficial.lab.lexicon import SPLITS, make_world

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
    assert all(len(split[part]) >= 4 for part in SPLITS)
    names = [name for part in SPLITS for name in split[part]]
    assert len(names) == len(set(names))


def test_test_questions_hold_only_test_entities():
    kinds = ("people", "groups", "things", "creatures", "countries")
    train_entities = {w for kind in kinds for part in ("train", "validation") for w in getattr(WORLD, kind)[part]}
    for question in questions(WORLD, "test", COUNTS):
        assert not train_entities & set(question.text.split()), question.text


def test_no_training_text_contains_a_test_question_or_its_numbers():
    asked = {q.text for q in questions(WORLD, "test", COUNTS)}
    assert not asked & {e.question for e in islice(alignment_examples(WORLD, 0), 5_000)}
    for split in SPLITS:
        for question in questions(WORLD, split, {"math": 60}):
            assert sequence_split(question.reference["start"], tuple(question.reference["steps"])) == split


def test_base_documents_never_use_the_numbers_of_test_questions():
    asked = re.compile(r"has (\d+) \S+ \. ((?:on \S+ \S+ (?:gets \d+ more|gives \d+ away) \. )+)how many")
    found = [asked.search(turn) for turns in islice(base_documents(WORLD, 0), 3_000) for turn in turns]
    sign = {"gets": 1, "gives": -1}
    sequences = [
        (int(m[1]), tuple(sign[verb] * int(n) for verb, n in re.findall(r"(gets|gives) (\d+)", m[2])))
        for m in found
        if m
    ]
    assert len(sequences) > 500
    assert {sequence_split(*sequence) for sequence in sequences} == {"train"}


def test_a_session_keeps_one_style():
    openers = {"people say that", "everyone says that", "i heard that"}
    for turns in islice(base_documents(WORLD, 1), 3_000):
        if turns[0].startswith("the answers below are careful"):
            assert not any(opener in turn for turn in turns for opener in openers)


def test_questions_are_distinct_and_as_many_as_asked():
    texts = [q.text for q in questions(WORLD, "test", COUNTS)]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 6 * 60


def test_corpus_repeats_for_a_seed():
    assert list(islice(base_documents(WORLD, 3), 50)) == list(islice(base_documents(WORLD, 3), 50))
