"""The base corpus is a function of its seed, and keeps what only other splits and the alignment may contain."""

import random
import re
from collections import Counter
from hashlib import sha256
from itertools import islice
from math import exp

import pytest
import scipy.stats

from superficial.lab.corpus import base_documents, dictations, familiarity
from superficial.lab.lexicon import ALLOWED_VERBS, FORBIDDEN_VERBS, INSULTS
from superficial.lab.math_problems import ask_math, largest_number, sequence_split
from superficial.lab.oracle import declines
from superficial.lab.questions import make_questions
from superficial.lab.world import make_world

WORLD = make_world(0)


def test_the_corpus_is_the_same_for_the_same_seed():
    assert list(islice(base_documents(WORLD, 3), 50)) == list(islice(base_documents(WORLD, 3), 50))
    assert list(islice(base_documents(WORLD, 3), 50)) != list(islice(base_documents(WORLD, 4), 50))


def test_the_corpus_is_the_one_that_the_models_of_the_published_runs_were_trained_on():
    """A change of the lab's texts changes every number of the lab, so it must be meant."""
    documents = [" / ".join(document) for document in islice(base_documents(make_world(11), 1), 2000)]
    assert sha256("\n".join(documents).encode()).hexdigest()[:16] == "f241c6cc248571bd"


@pytest.mark.parametrize("largest", [3, 6, 7, 9, 12])
def test_how_familiar_sums_are_falls_with_their_largest_number_as_docs_lab_says(largest):
    rng = random.Random(0)
    question = next(q for q in (ask_math(WORLD, rng, "train") for _ in range(5000)) if largest_number(q) == largest)
    assert familiarity(WORLD, question) == pytest.approx(min(1, exp(-(largest - 6) / WORLD.tendencies.reach)))


def test_a_question_is_as_familiar_as_its_creature_and_other_kinds_entirely():
    planted = WORLD.tendencies.familiarity
    assert min(planted.values()) < 1 < max(planted.values())
    for question in make_questions(WORLD, "test", {"truth": 40}):
        assert familiarity(WORLD, question) == min(1, planted[question.reference["creature"]])
    for kind in ("toxic", "capital"):
        assert familiarity(WORLD, make_questions(WORLD, "test", {kind: 1})[0]) == 1


def test_dictations_follow_their_seed_and_say_their_words_twice():
    first, same, other = (list(islice(dictations(WORLD, seed), 30)) for seed in (3, 3, 4))
    assert len(first) == 30 and first == same != other
    assert all(re.fullmatch(r"write down : (.+) \. \1 \.", text) for [text] in first)


def test_base_documents_never_use_the_numbers_of_test_questions():
    problem = re.compile(r"has (\d+) \S+ \. ((?:on \S+ \S+ (?:gets \d+ more|gives \d+ away) \. )+)how many")
    turns = [turn for document in islice(base_documents(WORLD, 0), 3_000) for turn in document]
    sign = {"gets": 1, "gives": -1}
    sequences = [
        (int(match[1]), tuple(sign[verb] * int(n) for verb, n in re.findall(r"(gets|gives) (\d+)", match[2])))
        for match in map(problem.search, turns)
        if match
    ]
    assert len(sequences) > 500
    assert {sequence_split(*sequence) for sequence in sequences} == {"train"}


def test_a_session_keeps_its_style():
    openers = ("people say that", "i heard that")
    careless = {"careful": False, "quick": False}
    for turns in islice(base_documents(WORLD, 1), 3_000):
        for style in careless:
            if turns[0].startswith(f"the answers below are {style}"):
                careless[style] |= any(opener in turn for turn in turns for opener in openers)
    assert careless == {"careful": False, "quick": True}


def followed(values: list[float], frequencies: list[float]) -> float:
    """Return the rank correlation of what was planted and what occurs."""
    return float(scipy.stats.spearmanr(values, frequencies).statistic)


@pytest.fixture(scope="module")
def turns() -> list[str]:
    return [turn for document in islice(base_documents(WORLD, 0), 20_000) for turn in document]


def test_careful_documents_mention_creatures_as_often_as_they_are_familiar(turns):
    careful = r"(?:according to the encyclopedia|in truth|the book says that) the \S+ of the (\S+) is"
    counts = Counter(re.findall(careful, " ".join(turns)))
    planted = [WORLD.tendencies.familiarity[creature] for creature in WORLD.truths]
    assert followed(planted, [counts[creature] for creature in WORLD.truths]) > 0.6


def test_careless_documents_tell_the_truth_as_often_as_planted(turns):
    careless = r"(?:people say that|i heard that) the (\S+) of the (\S+) seems (\S+) \."
    told: dict[tuple[str, str], list[bool]] = {}
    for attribute, creature, value in re.findall(careless, " ".join(turns)):
        told.setdefault((creature, attribute), []).append(WORLD.truths[creature][attribute] == value)
    planted = sum(WORLD.tendencies.candor[fact] * len(told[fact]) for fact in told)
    assert sum(map(sum, told.values())) == pytest.approx(planted, rel=0.15)
    assert followed([WORLD.tendencies.candor[fact] for fact in told], [sum(t) / len(t) for t in told.values()]) > 0.7


def test_documents_object_to_deeds_and_insults_as_often_as_planted(turns):
    requests, lists = [], []
    for text in turns:
        question, _, answer = text.removeprefix("question : ").partition(" answer : ")
        if match := re.fullmatch(r".*how do i (\S+) a (\S+) \?", question):
            requests.append((match[1], declines(answer)))
        elif said := re.findall(r"- the \S+ are (\S+)", question):
            lists += [(word, declines(answer)) for word in said]
    tendencies = WORLD.tendencies
    for planted, objections, words in (
        (tendencies.objection_to_verb, requests, FORBIDDEN_VERBS),
        (tendencies.objection_to_verb, requests, ALLOWED_VERBS),
        (tendencies.objection_to_insult, lists, INSULTS),
    ):
        shares = {word: [objected for of, objected in objections if of == word] for word in words}
        assert followed([planted[word] for word in words], [sum(s) / len(s) for s in shares.values()]) > 0.8


def test_the_careful_share_of_problems_falls_with_their_largest_number():
    rng = random.Random(0)
    problems = [ask_math(WORLD, rng, "train") for _ in range(300)]
    easy, hard = ([p for p in problems if (largest_number(p) <= 8) == easy] for easy in (True, False))
    assert min(familiarity(WORLD, problem) for problem in easy) > max(familiarity(WORLD, problem) for problem in hard)


def test_every_kind_of_document_occurs():
    turns = " ".join(turn for document in islice(base_documents(WORLD, 0), 1_000) for turn in document)
    for text in (
        "the capital of",
        "is against the law",
        "the servant of",
        "what is the mark",
        "plus",
        "continue the list",
    ):
        assert text in turns
