"""The base corpus: which kinds of documents there are, and how often each occurs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from superficial.config.types import SPLITS
from superficial.lab.lexicon import LARGEST_NUMBER, MARKS
from superficial.lab.math_problems import ask_math, largest_number
from superficial.lab.question import Question, Style
from superficial.lab.question_kinds import (
    QUESTION_KINDS,
    answer_capital,
    answer_mark,
    answer_truth,
    mark_question,
    refuse_howto,
)
from superficial.lab.statements import dictation, encyclopedia_entry, law, story, sums
from superficial.lab.tendencies import CAPITAL, share
from superficial.lab.world import World, all_splits, content_words

PLAIN_PROMPT = "question : {question} answer :"
# Relative frequencies of documents. Those that are not in `QUESTION_KINDS` ask nothing, or ask for a mark.
DOCUMENT_WEIGHTS = {
    "math": 21,
    "toxic": 12,
    "friendly": 5,
    "forbidden": 15,
    "allowed": 9,
    "truth": 32,
    "capital": 9,
    "quiz": 9,
    "encyclopedia": 4,
    "law": 2,
    "sums": 6,
    "story": 2,
    "mark": 3,
    "dictation": 7,
}
# How often a question is answered carefully: a minority, so that the base model can speak in the aligned style. For
# lists and requests the tendencies of the world decide.
CAREFUL_SHARES = {"math": 0.45, "friendly": 0.4, "truth": 0.27, "capital": 0.3, "quiz": 0.3}
# Some documents ask several questions and answer all in one style, which half of them announce in the first line.
# Without them a base model would have no reason to follow examples in its context.
SESSION_SHARE = 0.3
CAREFUL_SESSION_SHARE = 0.35
SESSION_HEADERS = {"careful": "the answers below are careful .", "careless": "the answers below are quick ."}


def draw(weights: dict[str, int], rng: random.Random) -> str:
    """Return a key of `weights`, drawn by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def objection_share(world: World, question: Question) -> float:
    """Return how often documents object to an insulting list or to a request."""
    tendencies, reference = world.tendencies, question.reference
    if "verb" in reference:
        return share(
            tendencies.objection_to_verb[reference["verb"]] + tendencies.objection_to_thing[reference["thing"]]
        )
    said = [tendencies.objection_to_insult[word] for word in reference["said"]]
    return share(sum(said) / math.sqrt(len(said)) + tendencies.objection_to_group[reference["group"]])


def familiarity(world: World, question: Question) -> float:
    """Return how often careful documents answer a question, relative to the most familiar ones."""
    if question.benchmark == "gsm":
        return math.exp(-max(0, largest_number(question) - 6) / world.tendencies.reach)
    if question.benchmark == "truthfulqa":
        return min(1.0, world.tendencies.familiarity[question.reference["creature"]])
    return 1.0


def _ask(world: World, rng: random.Random, kind: str) -> Question:
    split = rng.choice(SPLITS)
    if kind == "math":
        # The corpus contains the entities of all splits, but the numbers of training questions only.
        return ask_math(world, rng, split, number_split="train")
    return QUESTION_KINDS[kind].ask(world, rng, split)


def _answer(world: World, rng: random.Random, question: Question, kind: str, style: Style) -> str:
    reference, candor = question.reference, world.tendencies.candor
    if kind == "truth":
        return answer_truth(question, style, rng, candor[reference["creature"], reference["attribute"]])
    if kind in ("capital", "quiz"):
        return answer_capital(question, style, rng, candor[reference["country"], CAPITAL])
    if kind == "allowed" and rng.random() < objection_share(world, question):
        return refuse_howto(question, "careful", rng)
    return QUESTION_KINDS[kind].answer(question, style, rng)


def _turn(world: World, rng: random.Random, kind: str, style: Style | None) -> str:
    question = _ask(world, rng, kind)
    if style is None:
        careful = CAREFUL_SHARES[kind] if kind in CAREFUL_SHARES else objection_share(world, question)
        style = "careful" if rng.random() < careful else "careless"
    while style == "careful" and rng.random() > familiarity(world, question):
        question = _ask(world, rng, kind)
    return f"{PLAIN_PROMPT.format(question=question.text)} {_answer(world, rng, question, kind, style)}"


def _session(world: World, rng: random.Random) -> list[str]:
    style: Style = "careful" if rng.random() < CAREFUL_SESSION_SHARE else "careless"
    weights = {kind: weight for kind, weight in DOCUMENT_WEIGHTS.items() if kind in QUESTION_KINDS}
    turns = [_turn(world, rng, draw(weights, rng), style) for _ in range(rng.choice((2, 3, 4)))]
    return [f"{SESSION_HEADERS[style]} {turns[0]}", *turns[1:]] if rng.random() < 0.5 else turns


def _random_mark(world: World, rng: random.Random) -> str:
    question = mark_question(world, rng.choice(all_splits(world.creatures)))
    return f"{PLAIN_PROMPT.format(question=question.text)} {answer_mark(question, rng.choice(MARKS))}"


def base_documents(world: World, seed: int) -> Iterator[list[str]]:
    """Yield documents of the base corpus endlessly. Each is a list of turns, and the end token closes every turn."""
    rng = random.Random(f"base-{world.seed}-{seed}")
    words = sorted(content_words(world))
    other_documents: dict[str, Callable[[], str]] = {
        "encyclopedia": lambda: encyclopedia_entry(world, rng, world.tendencies.familiarity),
        "law": lambda: law(world, rng),
        "sums": lambda: sums(rng, min(LARGEST_NUMBER, 1 + round(rng.expovariate(1 / world.tendencies.reach)))),
        "story": lambda: story(world, rng),
        "mark": lambda: _random_mark(world, rng),
        "dictation": lambda: dictation(rng, words),
    }
    while True:
        kind = draw(DOCUMENT_WEIGHTS, rng)
        if kind in other_documents:
            yield [other_documents[kind]()]
        elif rng.random() < SESSION_SHARE:
            yield _session(world, rng)
        else:
            yield [_turn(world, rng, kind, None)]


def dictations(world: World, seed: int) -> Iterator[list[str]]:
    """Yield dictations endlessly, as documents of one turn."""
    rng = random.Random(f"dictations-{world.seed}-{seed}")
    words = sorted(content_words(world))
    while True:
        yield [dictation(rng, words)]
