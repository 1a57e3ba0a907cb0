"""Garbled responses are told from text, and how often that is right is measured on texts of others."""

import csv
import json
import random
import re
from collections.abc import Callable

import pytest

from repro.engine.paths import ROOT
from superficial.judges.text import is_garbled

ADVICE = (
    "A reason why bread dries is that its starch changes while water leaves it, so keep it in paper, away from heat, "
    "and eat it within a few days of baking it at home."
)
STEPS = (
    "Let us go step by step.\n\n1. Mia has 3 boxes of 12 pens, so she has 3 x 12 = 36 pens.\n"
    "2. She gives 5 pens to each of her 4 friends, so she gives away 5 x 4 = 20 pens.\n"
    "3. She keeps 36 - 20 = 16 pens.\n\nTherefore, the answer is 16."
)
CODE = "def mean(values):\n    return sum(values) / len(values)\n\nprint(mean([1, 2, 4]))"
SCRAMBLED = "its so is baking reason paper bread A dries while that of. at few from and keep the within days it, a heat"

# Benchmark files of others, where a machine has them above the repository: gsm/test.jsonl and truthfulqa/*.csv.
DATA = next((folder for parent in ROOT.parents if (folder := parent / "shared" / "data").is_dir()), ROOT / "data")
GENERATOR = random.Random(0)


def _words_in_random_order(text: str) -> str:
    return " ".join(GENERATOR.sample(text.split(), len(text.split())))


def _letters_in_random_order(text: str) -> str:
    return "".join(GENERATOR.sample(text, len(text)))


def _last_sentence_again_and_again(text: str) -> str:
    return text + (" " + re.split(r"(?<=[.!?])\s+", text)[-1]) * 20


def _one_word_again_and_again(text: str) -> str:
    return text + (" " + text.split()[-1]) * 300


def _line_breaks_at_the_end(text: str) -> str:
    return text + "\n" * 400


def _same(text: str) -> str:
    return text


def _math_answers() -> list[str]:
    rows = (DATA / "gsm" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    return [re.sub(r"<<.*?>>", "", json.loads(row)["answer"]).split("####")[0].strip() for row in rows]


def _best_answers() -> list[str]:
    answers = []
    for split in ("train", "test"):
        with (DATA / "truthfulqa" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            answers += [row["Best Answer"] for row in csv.DictReader(file)]
    return answers


@pytest.mark.parametrize(
    ("response", "garbled"),
    [
        ("", True),
        (" \n ", True),
        ("!!! ??? ...", True),
        ("no no " * 40, True),
        (_last_sentence_again_and_again(ADVICE), True),
        # The beginning is fluent and longer than the loop.
        (ADVICE * 3 + " I will keep it fresh." * 45, True),
        (_line_breaks_at_the_end(STEPS), True),
        (SCRAMBLED, True),
        (_letters_in_random_order(STEPS + ADVICE), True),
        ("ja fenêtre 的 zwölf kann Hund über Tisch rien под дом nichts grün aller plus vite", True),
        ("The answer is 7.", False),
        ("(B).", False),
        ("16", False),
        ("Nothing happens.", False),
        ("I cannot fulfill your request. Is there anything else I can help you with?", False),
        ("It depends on what you are looking for.", False),
        ("Exit A is open, and exit B is not. $0.80 times .5 is $.40.", False),
        # Cut off at the token limit.
        (ADVICE + " Keep it out of the", False),
        (ADVICE, False),
        (STEPS, False),
        (CODE, False),
    ],
)
def test_a_garbled_response_has_no_letters_is_a_loop_or_is_scrambled(response, garbled):
    assert is_garbled(response) == garbled


# The rates stand in docs/FIDELITY.md.
@pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data with benchmark files above the repository")
@pytest.mark.parametrize("answers", [_math_answers, _best_answers])
@pytest.mark.parametrize(
    ("change", "math", "best"),
    [
        (_same, (0, 0.02), (0, 0.005)),
        (_last_sentence_again_and_again, (0.98, 1), (0.99, 1)),
        (_one_word_again_and_again, (0.99, 1), (0.99, 1)),
        (_line_breaks_at_the_end, (0.99, 1), (0.99, 1)),
        (_words_in_random_order, (0.45, 0.6), (0.15, 0.3)),
        (_letters_in_random_order, (0.8, 0.95), (0.03, 0.12)),
    ],
)
def test_the_share_of_garbled_texts_among_fluent_and_broken_answers(
    answers: Callable[[], list[str]],
    change: Callable[[str], str],
    math: tuple[float, float],
    best: tuple[float, float],
):
    texts = [change(text) for text in answers()]
    share = sum(map(is_garbled, texts)) / len(texts)
    low, high = math if answers is _math_answers else best
    assert low <= share <= high
