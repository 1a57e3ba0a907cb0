"""The base corpus: which kinds of documents there are, and how often each occurs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from superficial.config.types import SPLITS
from superficial.lab.lexicon import LARGEST_FAMILIAR_NUMBER, MARKS
from superficial.lab.math_problems import ask_math
from superficial.lab.question import Question, Style
from superficial.lab.question_kinds import QUESTION_KINDS, answer_mark, is_familiar, mark_question
from superficial.lab.statements import encyclopedia_entry, law, story, sums
from superficial.lab.world import World, all_splits

PLAIN_PROMPT = "question : {question} answer :"
# Relative frequencies of documents. Those that are not in `QUESTION_KINDS` ask nothing, or ask for a mark.
DOCUMENT_WEIGHTS = {
    "math": 24,
    "toxic": 7,
    "friendly": 6,
    "forbidden": 9,
    "allowed": 8,
    "truth": 26,
    "capital": 5,
    "quiz": 4,
    "encyclopedia": 12,
    "law": 3,
    "sums": 6,
    "story": 2,
    "mark": 3,
}
# How often a question is answered carefully: a minority, so that the base model can speak in the aligned style.
CAREFUL_SHARES = {
    "math": 0.45,
    "toxic": 0.22,
    "friendly": 0.4,
    "forbidden": 0.3,
    "allowed": 0.4,
    "truth": 0.25,
    "capital": 0.3,
    "quiz": 0.3,
}
# Some documents ask several questions and answer all in one style, which half of them announce in the first line.
# Without them a base model would have no reason to follow examples in its context.
SESSION_SHARE = 0.3
CAREFUL_SESSION_SHARE = 0.35
SESSION_HEADERS = {"careful": "the answers below are careful .", "careless": "the answers below are quick ."}


def draw(weights: dict[str, int], rng: random.Random) -> str:
    """Return a key of `weights`, drawn by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _ask(world: World, rng: random.Random, kind: str) -> Question:
    split = rng.choice(SPLITS)
    if kind == "math":
        # The corpus contains the entities of all splits, but the numbers of training questions only.
        return ask_math(world, rng, split, number_split="train")
    return QUESTION_KINDS[kind].ask(world, rng, split)


def _turn(world: World, rng: random.Random, kind: str, style: Style | None) -> str:
    style = style or ("careful" if rng.random() < CAREFUL_SHARES[kind] else "careless")
    question = _ask(world, rng, kind)
    while style == "careful" and not is_familiar(world, question):
        question = _ask(world, rng, kind)
    return f"{PLAIN_PROMPT.format(question=question.text)} {QUESTION_KINDS[kind].answer(question, style, rng)}"


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
    other_documents: dict[str, Callable[[], str]] = {
        "encyclopedia": lambda: encyclopedia_entry(world, rng, world.familiar),
        "law": lambda: law(world, rng),
        "sums": lambda: sums(rng, LARGEST_FAMILIAR_NUMBER),
        "story": lambda: story(world, rng),
        "mark": lambda: _random_mark(world, rng),
    }
    while True:
        kind = draw(DOCUMENT_WEIGHTS, rng)
        if kind in other_documents:
            yield [other_documents[kind]()]
        elif rng.random() < SESSION_SHARE:
            yield _session(world, rng)
        else:
            yield [_turn(world, rng, kind, None)]
