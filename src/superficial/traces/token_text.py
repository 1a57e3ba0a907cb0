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

    def text(token: int) -> str:
        name = tokenizer.id_to_token(token)
        return _without_token(token) if name is None else name

    return text


def readable_text(tokenizer: Any) -> Callable[[int], str]:
    """Return a function that gives a token as decoded text.

    A token that is only a part of a character is given as it is in the vocabulary, and a row of the model's that no
    token belongs to by its number.
    """
    count = len(tokenizer)

    def text(token: int) -> str:
        name = tokenizer.convert_ids_to_tokens([token])[0] if token < count else None
        if name is None:
            return _without_token(token)
        decoded = str(tokenizer.decode([token]))
        return decoded if decoded and "\ufffd" not in decoded else name

    return text


def _without_token(row: int) -> str:
    return f"<{row}>"
