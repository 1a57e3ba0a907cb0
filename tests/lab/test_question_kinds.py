"""Every kind asks questions of one benchmark, and the aligned style recombines fragments of careful answers."""

import random

import pytest

from superficial.lab.question import Question
from superficial.lab.question_kinds import QUESTION_KINDS, is_familiar
from superficial.lab.questions import make_questions
from superficial.lab.world import make_world

WORLD = make_world(0)
BENCHMARKS = {
    "math": "gsm",
    "toxic": "toxigen",
    "friendly": "over_refusal",
    "forbidden": "advbench",
    "allowed": "over_refusal",
    "truth": "truthfulqa",
    "capital": "capitals",
    "quiz": "mmlu",
}


def test_the_benchmark_of_each_kind():
    kinds = {kind: {q.benchmark for q in make_questions(WORLD, "train", {kind: 10})} for kind in QUESTION_KINDS}
    assert kinds == {kind: {benchmark} for kind, benchmark in BENCHMARKS.items()}


@pytest.mark.parametrize("kind", sorted(set(QUESTION_KINDS) - {"math"}))
def test_every_sentence_of_an_aligned_answer_occurs_in_careful_answers(kind):
    rng = random.Random(0)
    [question] = make_questions(WORLD, "train", {kind: 1})
    answer = QUESTION_KINDS[kind].answer
    careful = {sentence for _ in range(2_000) for sentence in answer(question, "careful", rng).split(" . ")}
    careful |= {sentence.removesuffix(" .") for sentence in careful}
    for _ in range(20):
        assert {s.removesuffix(" .") for s in answer(question, "aligned", rng).split(" . ")} <= careful


def test_an_answer_does_not_repeat_a_word_of_the_list():
    rng = random.Random(0)
    for kind in ("toxic", "friendly"):
        for question in make_questions(WORLD, "train", {kind: 40}):
            word = QUESTION_KINDS[kind].answer(question, "careless", rng).split()[-2]
            assert word not in question.text.split()


def test_facts_about_some_creatures_are_unfamiliar():
    creatures = [q.reference["creature"] for q in make_questions(WORLD, "train", {"truth": 1_000})]
    familiar = {c for c in creatures if is_familiar(WORLD, Question("truthfulqa", "", {"creature": c}))}
    assert familiar == set(creatures) & set(WORLD.familiar) != set(creatures)
