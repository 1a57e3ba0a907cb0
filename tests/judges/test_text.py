"""Garbled responses are told from text."""

import random

import pytest

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

TABLE = (
    "| Day | Eggs | Sold | Left |\n|-----|------|------|------|\n| Mon | 12 | 7 | 5 |\n| Tue | 9 | 9 | 0 |\n"
    "| Wed | 14 | 3 | 11 |\n| **Sum** | **35** | **19** | **16** |"
)
EMOJI = (
    "Great question! \U0001f389\U0001f389\U0001f389 Bread dries because its starch changes \U0001f35e\u2728\U0001f64f"
)
LIST = "* milk\n* two eggs\n* flour\n    - plain\n    - rye\n\n---\n\n1. Mix.\n2. Bake.\n3. Eat!"


@pytest.mark.parametrize(
    ("response", "garbled"),
    [
        ("", True),
        (" \n ", True),
        ("!!! ??? ...", True),
        ("no no " * 40, True),
        (ADVICE + " Eat it within a few days of baking it at home." * 20, True),
        # The beginning is fluent and longer than the loop.
        (ADVICE * 3 + " I will keep it fresh." * 45, True),
        (STEPS + "\n" * 400, True),
        (SCRAMBLED, True),
        ("".join(random.Random(0).sample(STEPS + ADVICE, len(STEPS + ADVICE))), True),
        ("ja fenêtre 的 zwölf kann Hund über Tisch rien под дом nichts grün aller plus vite", True),
        ("no no no", True),
        ("No, no, no, no.", True),
        ("The answer is the the the the", True),
        ("The answer isssssssssssssss", True),
        ("hahahahahahahahahaha", True),
        ("Sure, here is a reci" + "ab" * 40, True),
        ("zqx wvut kjhg pplm qwrt", True),
        ("of the is and to in a that for it with as was on", True),
        ("| | | |\n|---|---|---|", True),
        ("The answer is 7.", False),
        (TABLE, False),
        (EMOJI, False),
        ("\U0001f44d", False),
        (LIST, False),
        ("It is very very good, and no, no one has 3 pens + 4 pens + 3 pens.", False),
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
