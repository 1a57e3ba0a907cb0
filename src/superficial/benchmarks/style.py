"""Which tokens of English text count as stylistic: function words, politeness, discourse markers, punctuation.

The lab knows by its grammar which words carry content; of real text a fixed list has to say (claim C6).
"""

from __future__ import annotations

from pathlib import Path

WORDS = Path(__file__).with_name("style_words.txt")
# How tokenizers write a space before a word.
_SPACES = ("", "\u2581", "\u0120")
_PUNCTUATION = (
    r"""! " # $ % & ' ( ) * + , - . / : ; < = > ? @ [ \ ] ^ _ ` { | } ~ ... -- ** *** ## ### :** ,**""".split()
)
_BREAKS = (
    "\n",
    "\n\n",
    "\u010a",
    "\u010a\u010a",
    "<0x0A>",
    "\u2581",
    "\u0120",
    "</s>",
    "<s>",
    "<|im_end|>",
    "<|endoftext|>",
)


def style_tokens() -> list[str]:
    """Return every form in which a vocabulary may hold a stylistic token."""
    words = [word for word in WORDS.read_text(encoding="utf-8").split("\n") if word]
    forms = {form for word in words for form in (word, word.capitalize(), word.upper())}
    return sorted({space + form for space in _SPACES for form in (*forms, *_PUNCTUATION)} | set(_BREAKS))
