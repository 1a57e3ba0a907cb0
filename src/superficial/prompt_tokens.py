"""How a text becomes the token ids of a prompt: they end where the response begins, never with an end token."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from superficial.chat_templates import render_turn

_SHOWN_CHARACTERS = 60


def text_tokens(tokenizer: Any, text: str) -> list[int]:
    """Return the token ids of a text that a model continues.

    A tokenizer may add tokens before a text, such as <s>, and after it, such as </s>. Those after it are left out.
    """
    with_added = list(tokenizer(text)["input_ids"])
    of_text = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    for before in range(len(with_added) - len(of_text) + 1):
        end = before + len(of_text)
        if with_added[before:end] == of_text:
            return with_added[:end] if of_text else []
    return with_added


def turn_tokens(tokenizer: Any, text: str, answer_start: str = "") -> list[int]:
    """Return the token ids of a text as a user's turn, and of how the assistant's turn starts."""
    # The chat template has already written the special tokens.
    return list(tokenizer(render_turn(tokenizer, text) + answer_start, add_special_tokens=False)["input_ids"])


def check_prompt(token_ids: list[int], text: str, end_tokens: Collection[int]) -> None:
    """Check that a prompt has tokens, and that a response can follow it.

    Raises:
        ValueError: if it has no tokens, or ends in an end token.
    """
    if not token_ids:
        raise ValueError(f"The prompt {_shown(text)} has no tokens in the model's vocabulary.")
    if token_ids[-1] in end_tokens:
        raise ValueError(
            f"The prompt {_shown(text)} ends in the end token {token_ids[-1]}, after which no response can begin."
        )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")
