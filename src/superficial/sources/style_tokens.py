"""Which tokens of English text are stylistic: function words, politeness, discourse markers and punctuation.

The grammar of the lab tells which of its words carry content. For real text a fixed list decides (claim C6).
"""

from __future__ import annotations

from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel

WORDS = Path(__file__).with_name("style_words.txt")
# How tokenizers mark a space before a word.
_SPACE_MARKERS = ("", "\u2581", "\u0120")
_PUNCTUATION = (
    r"""! " # $ % & ' ( ) * + , - . / : ; < = > ? @ [ \ ] ^ _ ` { | } ~ ... -- ** *** ## ### :** ,**""".split()
)
# Quotation marks, the curly apostrophe, dashes, the ellipsis and the bullet.
_TYPOGRAPHY = tuple("\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022")
# Also in two tokens: "don" and "'t".
_CONTRACTED = "n't 't 's 'm 'd 're 've 'll".split()
_APOSTROPHES = ("'", "\u2019")
_SPACES_AND_SPECIAL_TOKENS = (
    *("\n", "\n\n", "\u010a", "\u010a\u010a", "<0x0A>", "\u2581", "\u0120"),
    *("</s>", "<s>", "[INST]", "[/INST]"),  # Llama 2, Mistral
    *("<|eot_id|>", "<|end_of_text|>", "<|begin_of_text|>", "<|eom_id|>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<|im_end|>", "<|im_start|>", "<|endoftext|>"),  # Qwen
    *("<eos>", "<bos>", "<end_of_turn>", "<start_of_turn>"),  # Gemma
)
_BYTES = ByteLevel(add_prefix_space=False, use_regex=False)


def style_tokens() -> list[str]:
    """Return the stylistic tokens, each in every spelling that a vocabulary may use."""
    words = [word for word in WORDS.read_text(encoding="utf-8").split("\n") if word]
    spellings = {spelling for word in words for spelling in (word, word.capitalize(), word.upper())}
    spellings |= {part.replace("'", apostrophe) for part in _CONTRACTED for apostrophe in _APOSTROPHES}
    spellings |= {*_PUNCTUATION, *_TYPOGRAPHY}
    # Byte-level vocabularies spell what is not ASCII by its bytes.
    spellings |= {_BYTES.pre_tokenize_str(spelling)[0][0] for spelling in spellings}
    return sorted(
        {space + spelling for space in _SPACE_MARKERS for spelling in spellings} | {*_SPACES_AND_SPECIAL_TOKENS}
    )
