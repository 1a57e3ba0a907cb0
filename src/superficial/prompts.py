"""How a question becomes a prompt: the plain task text for a base model, its own chat format for an aligned one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PLAIN_PROMPT = "question : {question} answer :"


def plain_prompt(tokenizer: Any, question: str) -> list[int]:
    """Return the token ids of a question as a plain text to continue."""
    return list(tokenizer(PLAIN_PROMPT.format(question=question))["input_ids"])


def chat_prompt(tokenizer: Any, question: str) -> list[int]:
    """Return the token ids of a question as a user's turn, up to where the assistant begins."""
    messages = [{"role": "user", "content": question}]
    return list(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))


FORMATS: dict[str, Callable[[Any, str], list[int]]] = {"plain": plain_prompt, "chat": chat_prompt}
