"""How often English words occur, alone and one after the other, in the word counts that symspellpy ships.

Nothing here knows about responses or judges.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

_WORD_COUNTS = "frequency_dictionary_en_82_765.txt"
_PAIR_COUNTS = "frequency_bigramdictionary_en_243_342.txt"
# Added to the observed and to the expected count of a pair of words: a rare pair that is not listed says little.
_PRIOR_COUNT = 1e6
_WORDS = re.compile(r"[a-z']+")
# A pair of words is not counted across these.
_BREAKS = re.compile(r"[^a-z' ]+")


@lru_cache(maxsize=1)
def _counts() -> tuple[dict[str, int], dict[tuple[str, str], int], float]:
    """Return the counts of words and of pairs of words, and the pairs expected per product of two words' counts."""
    spec = find_spec("symspellpy")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("Judging responses needs the package symspellpy: pip install 'superficial[report]'.")
    folder = Path(spec.origin).parent
    words, pairs = {}, {}
    for line in (folder / _WORD_COUNTS).read_text(encoding="utf-8-sig").splitlines():
        word, count = line.split()
        words[word] = int(count)
    for line in (folder / _PAIR_COUNTS).read_text(encoding="utf-8-sig").splitlines():
        first, second, count = line.split()
        pairs[first, second] = int(count)
    return words, pairs, sum(pairs.values()) / sum(words.values()) ** 2


def _normalised(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def english_words(text: str) -> tuple[int, int]:
    """Return how many of a text's words are in the list of English words, and how many words it has."""
    words, _, _ = _counts()
    found = [word for match in _WORDS.findall(_normalised(text)) for word in match.split("'") if word]
    return sum(word in words for word in found), len(found)


def word_order(text: str) -> tuple[float, int]:
    """Return how much more often a text's neighbouring words are neighbours in English than by chance.

    Returns:
        The mean of log((n(a, b) + c) / (E(a, b) + c)) over pairs of neighbouring words a, b, in nats; n(a, b) counts
        the pair in English text, E(a, b) is the count expected of words in random order, and c is a prior count.
        And the number of pairs; a pair with a word that is not in the list does not count.
    """
    words, pairs, scale = _counts()
    information = []
    for part in _BREAKS.split(_normalised(text)):
        for first, second in pairwise(part.split()):
            if first in words and second in words:
                observed, expected = pairs.get((first, second), 0), words[first] * words[second] * scale
                information.append(math.log((observed + _PRIOR_COUNT) / (expected + _PRIOR_COUNT)))
    return (math.fsum(information) / len(information) if information else 0.0), len(information)
