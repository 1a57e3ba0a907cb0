"""A pair of models must share its vocabulary."""

import pytest

from superficial.models.checks import check_same_vocabulary


class Tokenizer:
    def __init__(self, *words: str) -> None:
        self._vocabulary = {word: number for number, word in enumerate(words)}

    def get_vocab(self) -> dict[str, int]:
        return self._vocabulary


def test_a_pair_must_share_its_vocabulary():
    check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b"))
    with pytest.raises(ValueError, match=r"theirs have 2 and 3 tokens, and 'c' is one that differs"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b", "c"))
    with pytest.raises(ValueError, match="2 and 2"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("b", "a"))
