"""Which tokens of English text are stylistic: function words, politeness, discourse markers and punctuation.

The grammar of the lab tells which of its words carry content. For real text a fixed list decides (claim C6).
"""

from __future__ import annotations

from pathlib import Path

WORDS = Path(__file__).with_name("style_words.txt")
# How tokenizers mark a space before a word.
_SPACE_MARKERS = ("", "\u2581", "\u0120")
_PUNCTUATION = (
    r"""! " # $ % & ' ( ) * + , - . / : ; < = > ? @ [ \ ] ^ _ ` { | } ~ ... -- ** *** ## ### :** ,**""".split()
)
_SPACES_AND_SPECIAL_TOKENS = (
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
    """Return the stylistic tokens, each in every spelling that a vocabulary may use."""
    words = [word for word in WORDS.read_text(encoding="utf-8").split("\n") if word]
    spellings = {spelling for word in words for spelling in (word, word.capitalize(), word.upper())}
    with_spaces = {space + spelling for space in _SPACE_MARKERS for spelling in (*spellings, *_PUNCTUATION)}
    return sorted(with_spaces | set(_SPACES_AND_SPECIAL_TOKENS))
