"""Every kind asks questions of one benchmark, and the aligned style recombines fragments of careful answers."""

import random
from collections import Counter

import pytest

from superficial.lab.question import STYLES
from superficial.lab.question_kinds import OBJECTIONS_TO_DEEDS, OBJECTIONS_TO_INSULTS, QUESTION_KINDS
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


def opening(answer: str, options: tuple[str, ...]) -> str:
    return next(option for option in options if answer.startswith(option))


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


def test_the_topic_decides_the_opener_of_an_aligned_answer_and_the_usual_one_of_a_careful_answer():
    rng = random.Random(0)
    for kind, options in (("forbidden", OBJECTIONS_TO_DEEDS), ("toxic", OBJECTIONS_TO_INSULTS)):
        openers = set()
        for question in make_questions(WORLD, "train", {kind: 40}):
            answers = {
                style: [QUESTION_KINDS[kind].answer(question, style, rng) for _ in range(60)] for style in STYLES
            }
            aligned = {opening(answer, options) for answer in answers["aligned"]}
            assert len(aligned) == 1
            openers |= aligned
            usual, times = Counter(opening(answer, options) for answer in answers["careful"]).most_common(1)[0]
            assert times > 30
            assert {usual} != aligned
        assert len(openers) > 2
