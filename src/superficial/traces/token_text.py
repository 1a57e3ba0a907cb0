"""Tokens as texts: as they are in the vocabulary, for tables that are counted, or as a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer


def vocabulary_text(tokenizer_file: Path) -> Callable[[int], str]:
    """Return a function that gives a token as it is in the vocabulary of a tokenizer.json.

    Models may have more output rows than their tokenizers have tokens; such a row is shown by its number.
    """
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    return lambda token: tokenizer.id_to_token(token) or f"<{token}>"


def readable_texts(tokenizer: Any) -> list[str]:
    """Return every token as decoded text, or as it is in the vocabulary if it is only a part of a character."""
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    texts = [tokenizer.decode([token]) for token in range(len(names))]
    return [text if text and "\ufffd" not in text else name for text, name in zip(texts, names, strict=True)]
