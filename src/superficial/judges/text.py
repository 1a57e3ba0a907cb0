"""Whether a response is garbled, from its text alone: empty, hardly any letters, or a phrase said over and over."""

from __future__ import annotations

import re
from collections import Counter

_PHRASE = 4
# A response shorter than this many words has no room to repeat itself.
_FEWEST_WORDS = 24
_REPEATED_SHARE = 0.5
_LETTER_SHARE = 0.2


def is_garbled(response: str) -> bool:
    """Tell whether a response is no text: empty, under a fifth letters and digits, or half of it repeated phrases."""
    text = response.strip()
    if not text or sum(character.isalnum() for character in text) < _LETTER_SHARE * len(text):
        return True
    words = re.findall(r"\S+", text)
    if len(words) < _FEWEST_WORDS:
        return False
    phrases = Counter(zip(*(words[start:] for start in range(_PHRASE)), strict=False))
    repeated = sum(count - 1 for count in phrases.values())
    return repeated > _REPEATED_SHARE * phrases.total()
