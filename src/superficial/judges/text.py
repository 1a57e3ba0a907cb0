"""Whether a response is garbled, from its text alone: hardly any letters, a loop, or words in no order.

A loop is told by how far zlib compresses the text. Scrambled text compresses like fluent text, so word order has a rule
of its own: in fluent English an article or a preposition does not stand before a verb form or a conjunction, and no
sentence ends in an article. How often both are right on fluent and on broken text is measured in `docs/FIDELITY.md`.
"""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

# A response that goes wrong does so at its end, so only that is looked at; in characters.
_LETTERS_END, _LOOP_END = 500, 1000
# Of all characters, line breaks and spaces included, but for ten: "(B)." is an answer.
_MIN_LETTER_SHARE, _FREE_CHARACTERS = 0.4, 10
# Step-by-step solutions, which repeat themselves most among fluent texts, stay under 3.6.
_MAX_COMPRESSION = 4.0
_ARTICLES = frozenset("the a an my your its our their".split())
_PREPOSITIONS = frozenset("of to in on at for from by with into as".split())
# The others also stand before verbs or at the end of a sentence.
_BEFORE_NOUNS = _ARTICLES | _PREPOSITIONS - {"to", "in", "on", "as"}
_PRONOUNS = frozenset("he she they we i".split())
_VERBS_AND_CONJUNCTIONS = frozenset(
    "is are was were has had does did will would can could should may might must than and or but because".split()
)
# A preposition may end a sentence: chat models often ask what else they can help with.
_NEVER_AFTER_A_PREPOSITION = _VERBS_AND_CONJUNCTIONS | _PRONOUNS | frozenset(["of"])
_NEVER_AFTER_AN_ARTICLE = _NEVER_AFTER_A_PREPOSITION | _PREPOSITIONS | _ARTICLES | frozenset([".", "!", "?"])
_COMMON = (_PREPOSITIONS | _ARTICLES | _PRONOUNS | _VERBS_AND_CONJUNCTIONS) | frozenset(
    "if that his her this these there it you be been have do not no so which who what when where all one".split()
)
# "A" alone is mostly a name, and the point of .5 no end of a sentence.
_TOKEN = re.compile(r"\bA\b|[a-zA-Z]+(?:'[a-z]+)?|[.!?](?!\d)|[^\sa-zA-Z.!?]+")
_MAX_MISPLACED_SHARE = 0.1
# In English about four words of ten are common ones; a short calculation may have hardly any.
_MIN_COMMON_SHARE = 0.08
_MIN_WORDS = 12


def is_garbled(response: str) -> bool:
    """Return whether a response is garbled.

    It is garbled if it has no letter or digit; if less than two fifths of its last 500 characters are letters and
    digits; if zlib compresses its last 1000 characters to less than a quarter; or if it is scrambled: more than a tenth
    of its articles and prepositions stand before a word that cannot follow them, or it has
    12 words or more of two letters or more, and hardly any common one among them.
    """
    end = response[-_LETTERS_END:]
    letters = sum(character.isalnum() for character in end)
    if letters < max(_MIN_LETTER_SHARE * (len(end) - _FREE_CHARACTERS), 1):
        return True
    encoded = response[-_LOOP_END:].encode(errors="replace")
    return len(encoded) > _MAX_COMPRESSION * len(zlib.compress(encoded)) or _is_scrambled(response)


def _is_scrambled(response: str) -> bool:
    tokens = [token if token == "A" else token.lower() for token in _TOKEN.findall(response.replace("\u2019", "'"))]
    words = [token for token in tokens if token[0].isalpha() and len(token) > 1]
    if len(words) >= _MIN_WORDS and sum(word in _COMMON for word in words) < _MIN_COMMON_SHARE * len(words):
        return True
    followed = [(one, other) for one, other in pairwise(tokens) if one in _BEFORE_NOUNS]
    misplaced = [
        other in (_NEVER_AFTER_AN_ARTICLE if one in _ARTICLES else _NEVER_AFTER_A_PREPOSITION)
        for one, other in followed
    ]
    return sum(misplaced) > _MAX_MISPLACED_SHARE * len(followed)
