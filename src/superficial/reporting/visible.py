r"""Texts of which every character can be seen: in tables, in figures, on the page.

A vocabulary has tokens that are blank, empty, control characters or half of something. What would not show is written
as an escape: \n, or \u{200b} with the number of the character in Unicode.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# Control characters, marks of direction, halves of characters, private and unassigned ones; separators but the blank.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
_EMPTY, _BLANK = "(empty)", "␣"
# How vocabularies write a blank (byte-level BPE, SentencePiece) and a line break.
_BLANK_MARKS, _MARKS = "Ġ▁", "Ġ▁Ċ"
_IN_VOCABULARIES = str.maketrans(_MARKS, "  \n")


def visible(text: str, drawable: Container[int] | None = None) -> str:
    """Return a text with an escape for each character that would not be seen.

    Args:
        text: any text.
        drawable: the characters that a font has, by their numbers; None: all.
    """
    return "".join(character if _is_seen(character, drawable) else _escape(character) for character in text)


def visible_token(text: str, drawable: Container[int] | None = None) -> str:
    """Return a token of a vocabulary as a word, without the mark of the blank before it.

    A character that would not be seen is an escape; a blank or empty token has a sign.
    """
    if set(text) <= set(_MARKS):
        text = text.translate(_IN_VOCABULARIES)
    if not text.strip(" "):
        return _BLANK * len(text) or _EMPTY
    return visible(text[1:] if text[0] in _BLANK_MARKS else text, drawable)


def _is_seen(character: str, drawable: Container[int] | None) -> bool:
    is_printed = character == " " or unicodedata.category(character) not in _UNSEEN
    return is_printed and (drawable is None or ord(character) in drawable)


def _escape(character: str) -> str:
    return _SHORT.get(character) or rf"\u{{{ord(character):x}}}"
