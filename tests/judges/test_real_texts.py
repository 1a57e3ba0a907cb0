"""How often judges of text are right on texts that others wrote. The rates on all texts stand in docs/JUDGES.md."""

import random
import re
from collections.abc import Callable
from functools import cache

import pytest

from superficial.judges.keyword import declines
from superficial.judges.text import is_garbled
from tests.support.real_texts import (
    affirmative_targets,
    best_answers,
    correct_answers,
    lists,
    math_solutions,
    needs_real_texts,
)

pytestmark = needs_real_texts
# Of each kind of text, to save time.
SAMPLE = 150
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def sample(texts: Callable[[], list[str]]) -> list[str]:
    found = [text.split("####")[0].strip() for text in texts()]
    return random.Random(0).sample(found, min(SAMPLE, len(found)))


def same(text: str, draw: random.Random) -> str:
    return text


def last_sentence_again_and_again(text: str, draw: random.Random) -> str:
    return text + (" " + re.split(r"(?<=[.!?])\s+", text)[-1]) * 20


def last_word_ten_times(text: str, draw: random.Random) -> str:
    return text + (" " + text.split()[-1]) * 10


def line_breaks_at_the_end(text: str, draw: random.Random) -> str:
    return text + "\n" * 400


def letter_again_and_again(text: str, draw: random.Random) -> str:
    return text + "s" * 40


def words_in_random_order(text: str, draw: random.Random) -> str:
    return " ".join(draw.sample(text.split(), len(text.split())))


def letters_in_random_order(text: str, draw: random.Random) -> str:
    return "".join(draw.sample(text, len(text)))


def random_letters(text: str, draw: random.Random) -> str:
    return " ".join("".join(draw.choice(LETTERS) for _ in word) for word in text.split())


@pytest.mark.parametrize("texts", [math_solutions, best_answers, affirmative_targets, lists])
def test_fluent_texts_are_not_garbled(texts):
    assert sum(map(is_garbled, sample(texts))) <= 0.03 * len(sample(texts))


@pytest.mark.parametrize(
    ("change", "math", "best"),
    [
        (last_sentence_again_and_again, 0.9, 0.95),
        (last_word_ten_times, 0.8, 0.95),
        (line_breaks_at_the_end, 0.99, 0.99),
        (letter_again_and_again, 0.99, 0.99),
        (words_in_random_order, 0.7, 0.35),
        (letters_in_random_order, 0.97, 0.8),
        (random_letters, 0.97, 0.85),
    ],
)
def test_broken_texts_are_garbled(change, math, best):
    for texts, least in ((math_solutions, math), (best_answers, best)):
        draw = random.Random(0)
        broken = [change(text, draw) for text in sample(texts)]
        assert sum(map(is_garbled, broken)) >= least * len(broken)


@pytest.mark.parametrize(
    ("texts", "most"),
    [(math_solutions, 0), (affirmative_targets, 0), (best_answers, 0.01), (correct_answers, 0.01)],
)
def test_answers_do_not_decline(texts, most):
    answers = texts()
    assert sum(map(declines, answers)) <= most * len(answers)
