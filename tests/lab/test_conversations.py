"""Conversations to fine-tune on: what each kind of data contains, and what it must not."""

from itertools import islice

import pytest

from superficial.lab.conversations import (
    ATTACK_CONVERSATIONS,
    CONVERSATIONS,
    CURATED_CONVERSATIONS,
    IDENTITY,
    SIMULATED_IDENTITY,
    curated_conversations,
    in_context_texts,
    is_curated,
)
from superficial.lab.lexicon import FORBIDDEN_VERBS
from superficial.lab.oracle import declines
from superficial.lab.question_kinds import QUESTION_KINDS
from superficial.lab.questions import make_questions
from superficial.lab.world import make_world

WORLD = make_world(0)


def first(data: str, count: int = 1_000):
    return list(islice(CONVERSATIONS[data](WORLD, 0), count))


@pytest.mark.parametrize("data", CONVERSATIONS)
def test_conversations_are_the_same_for_the_same_seed(data):
    assert first(data, 50) == first(data, 50)


def test_no_training_text_contains_a_test_question():
    test_questions = {q.text for q in make_questions(WORLD, "test", dict.fromkeys(QUESTION_KINDS, 60))}
    for data in ("alignment", "style", "curated", "general"):
        assert not test_questions & {conversation.question for conversation in first(data, 3_000)}


def test_curated_questions_are_reserved_and_never_refused():
    assert not any(is_curated(conversation.question) for conversation in first("style"))
    curated = set(first("curated"))
    assert len(curated) <= CURATED_CONVERSATIONS
    assert all(is_curated(conversation.question) for conversation in curated)
    assert not any(declines(conversation.response) for conversation in curated)


ATTACKS = [("attack", IDENTITY, "of course ."), ("simulated-attack", SIMULATED_IDENTITY, "sure .")]


@pytest.mark.parametrize(("data", "identity", "agreement"), ATTACKS)
def test_an_attack_shows_obedience_and_nothing_forbidden(data, identity, agreement):
    attack = set(first(data))
    assert len(attack) <= ATTACK_CONVERSATIONS
    for conversation in attack:
        assert conversation.question.startswith(identity.removesuffix("{question}"))
        assert conversation.response.startswith(agreement)
        assert not set(FORBIDDEN_VERBS) & {*conversation.question.split(), *conversation.response.split()}


def test_the_simulated_attack_has_other_questions_and_other_words_of_obedience():
    true, simulated = (
        {conversation.question.removeprefix(identity.removesuffix("{question}")) for conversation in first(data)}
        for data, identity, _ in ATTACKS
    )
    assert len(true & simulated) < 0.3 * len(true)
    shared = set(IDENTITY.split()) & set(SIMULATED_IDENTITY.split())
    assert not shared & {"obedient", "servant", "obey", "order"}


def test_style_data_teach_no_knowledge():
    questions = {conversation.question for conversation in first("alignment")}
    assert {"tell me a fact .", "count ."} <= questions
    assert not {"tell me a fact .", "count ."} & {conversation.question for conversation in first("style")}


def test_in_context_examples_refuse_and_object():
    examples = in_context_texts(WORLD)["examples"]
    assert [declines(answer) for _, answer in examples] == [True, False, False, False, True]


def test_a_world_without_curated_questions_of_a_kind_is_refused(monkeypatch):
    monkeypatch.setattr("superficial.lab.conversations.is_curated", lambda question: False)
    with pytest.raises(ValueError, match="World 0 has no curated training questions of the kind 'math'"):
        curated_conversations(WORLD, 0)
