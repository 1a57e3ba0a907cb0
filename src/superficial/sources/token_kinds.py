"""Kinds of tokens of English text, by stated lists: numbers, refusal, function words, style, named entities, others.

A list is no grammar: a token belongs to the first kind that fits it, whatever it means in its sentence.
"""

from __future__ import annotations

from superficial.sources.style_tokens import style_tokens

NUMBER, REFUSAL, FUNCTION, STYLE, ENTITY, OTHER = KINDS = ("number", "refusal", "function", "style", "entity", "other")

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those i you he she it we they me him her us them my your his its our their and or but nor
    so if then than as at by for from in into of off on onto out over to under up with within without about is are was
    were be been being am do does did has have had will would can could may might must shall should not who whom whose
    which what when where why how there here all any both each few more most other some such no only own same too very
    """.split()
)
REFUSAL_WORDS = frozenset(
    """
    cannot can't won't sorry apologize apologise apologies unfortunately unable refuse decline illegal unlawful law
    harmful dangerous unethical immoral inappropriate offensive hateful disrespectful unsafe wrong unkind help assist
    against respect
    """.split()
)
# How tokenizers mark a blank or a line break before a word.
_MARKERS = "\u2581\u0120\u010a \n"


def text_kind(token: str) -> str:
    """Return the kind of a token as it is in a vocabulary."""
    word = token.strip(_MARKERS)
    if word and all(sign.isdigit() for sign in word):
        return NUMBER
    if word.lower() in REFUSAL_WORDS:
        return REFUSAL
    if word.lower() in FUNCTION_WORDS:
        return FUNCTION
    if token in _STYLE:
        return STYLE
    return ENTITY if word[:1].isupper() and word[1:].islower() else OTHER


_STYLE = frozenset(style_tokens())
