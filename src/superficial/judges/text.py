"""Whether a response is garbled, from its text alone: symbols, a loop, letters or words in no order.

A loop is told by how far zlib compresses the end of the text; letters and words in no order by how often English has
the words and their neighbours (`superficial.judges.english`). So a text that is not in English counts as garbled. How
often this is right on fluent and on broken text is measured in `docs/JUDGES.md`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from itertools import pairwise

from superficial.judges.english import english_words, word_order

# A response that goes wrong does so at its end, so only that is looked at; in characters.
_END = 1000
# Of all characters but spaces, Markdown's, emoji and ten more: "(B)." is an answer.
_MIN_LETTER_SHARE, _FREE_CHARACTERS = 0.3, 10
# By length of the end that is compressed, in characters: a loop may have only begun. Fluent texts stay below.
_MAX_COMPRESSION = {60: 2.4, 200: 3.0, _END: 4.0}
_LETTERS_AGAIN_AND_AGAIN = re.compile(r"([^\W\d_]{1,4}?)\1{7,}", re.IGNORECASE)
# "3 pens + 4 pens" repeats no word.
_WORDS_AND_SIGNS = re.compile(r"[^\W\d_]{2,}|[^\W_]|[-+*/=]")
# "no no no": of the neighbouring words.
_MAX_REPEATED_SHARE, _MIN_REPEATED = 0.3, 2
_MIN_ENGLISH_SHARE, _MIN_WORDS = 0.4, 4
# A short text tells less, so n pairs of words must have at least this mean information, less this over sqrt(n); nats.
_MIN_INFORMATION, _MARGIN, _MIN_PAIRS = 0.5, 2.5, 5
# Modifiers, variation selectors, joiners.
_PARTS_OF_EMOJI = ("Sk", "Mn", "Cf")
_MARKDOWN = frozenset("|-:*#>_+~=`")
# Lines of a Markdown table that separate its rows.
_RULES = re.compile(r"^[|\-:=_ *]+$", re.MULTILINE)


def is_garbled(response: str) -> bool:
    """Return whether a response is garbled.

    It is garbled if its last 1000 characters have no letter, digit or emoji, or too few of them; if they, or the last
    200 or 60, compress too far, as loops do; if letters or words are repeated again and again; if fewer than two
    fifths of its words are English; or if its words are in no order.
    """
    end = response[-_END:]
    return _has_few_letters(end) or _is_loop(response) or _is_disordered(end)


def _has_few_letters(text: str) -> bool:
    letters = sum(character.isalnum() for character in text)
    emoji = sum(_is_emoji(character) for character in text)
    symbols = sum(
        not (character.isalnum() or character.isspace() or character in _MARKDOWN or _is_emoji(character))
        and unicodedata.category(character) not in _PARTS_OF_EMOJI
        for character in text
    )
    if letters == 0:
        return emoji <= symbols
    return letters < _MIN_LETTER_SHARE * (letters + symbols - _FREE_CHARACTERS)


def _is_emoji(character: str) -> bool:
    # The replacement character is what is left of half a letter.
    return unicodedata.category(character) == "So" and character != "\ufffd"


def _is_loop(response: str) -> bool:
    text = _RULES.sub("", response)
    for length, most in _MAX_COMPRESSION.items():
        encoded = text[-length:].encode(errors="replace")
        if len(text) >= length and len(encoded) > most * len(zlib.compress(encoded, 9)):
            return True
    if _LETTERS_AGAIN_AND_AGAIN.search(text[-_END:]):
        return True
    words = _WORDS_AND_SIGNS.findall(text[-_END:].lower())
    repeated = sum(first == second and first.isalpha() for first, second in pairwise(words))
    return repeated >= _MIN_REPEATED and repeated > _MAX_REPEATED_SHARE * (len(words) - 1)


def _is_disordered(text: str) -> bool:
    english, count = english_words(text)
    if count >= _MIN_WORDS and english < _MIN_ENGLISH_SHARE * count:
        return True
    information, pairs = word_order(text)
    return pairs >= _MIN_PAIRS and information < _MIN_INFORMATION - _MARGIN / pairs**0.5
