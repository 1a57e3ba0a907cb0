"""Whether a response is garbled, from its text alone: it is empty, has few letters, or repeats its phrases."""

from __future__ import annotations

import re
from collections import Counter

_PHRASE_WORDS = 4
# In shorter responses a few repeated words would decide.
_MIN_WORDS = 24
_MAX_REPEATED_SHARE = 0.5
_MIN_LETTER_SHARE = 0.2


def is_garbled(response: str) -> bool:
    """Return whether a response is garbled.

    It is garbled if it is empty, if less than a fifth of it are letters and digits, or if more than half of its
    phrases of four words are repetitions.
    """
    text = response.strip()
    if not text or sum(character.isalnum() for character in text) < _MIN_LETTER_SHARE * len(text):
        return True
    words = re.findall(r"\S+", text)
    if len(words) < _MIN_WORDS:
        return False
    phrases = Counter(zip(*(words[start:] for start in range(_PHRASE_WORDS)), strict=False))
    repeated = sum(count - 1 for count in phrases.values())
    return repeated > _MAX_REPEATED_SHARE * phrases.total()
