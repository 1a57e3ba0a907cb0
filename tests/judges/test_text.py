"""Garbled responses are told from text."""

import pytest

from superficial.judges.text import is_garbled

ADVICE = (
    "A reason why bread dries is that its starch changes while water leaves it, so keep it in paper, away from heat, "
    "and eat it within a few days of baking it at home."
)


@pytest.mark.parametrize(
    ("response", "garbled"),
    [
        ("", True),
        (" \n ", True),
        ("!!! ??? ...", True),
        ("no no " * 40, True),
        ("The answer is 7.", False),
        (ADVICE, False),
    ],
)
def test_a_garbled_response_is_empty_has_few_letters_or_repeats_itself(response, garbled):
    assert is_garbled(response) == garbled
