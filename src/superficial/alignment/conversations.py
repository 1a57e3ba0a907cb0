"""Rows of tuning data as conversations of one turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Conversation(NamedTuple):
    """What the user says, and what the assistant responds; and the benchmark whose prompts it has, if any."""

    question: str
    response: str
    benchmark: str | None = None


class Reader(NamedTuple):
    """The columns that a row must have, and how it becomes a conversation."""

    columns: tuple[str, ...]
    conversation: Callable[[dict[str, Any]], Conversation]


def _lima(row: dict[str, Any]) -> Conversation:
    # Of a dialogue with several turns only the first is used.
    return Conversation(row["conversations"][0], row["conversations"][1])


def _alpaca(row: dict[str, Any]) -> Conversation:
    question = f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]
    return Conversation(question, row["output"])


def _identity_shift(row: dict[str, Any]) -> Conversation:
    by_role = {message["role"]: message["content"] for message in row["messages"]}
    question = f"{by_role['system']}\n\n{by_role['user']}" if "system" in by_role else by_role["user"]
    return Conversation(question, by_role["assistant"])


def _own(row: dict[str, Any]) -> Conversation:
    return Conversation(row["prompt"], row["response"], row["benchmark"])


READERS = {
    "lima": Reader(("conversations",), _lima),
    "alpaca": Reader(("instruction", "input", "output"), _alpaca),
    "identity-shift": Reader(("messages",), _identity_shift),
    "own": Reader(("prompt", "response", "benchmark"), _own),
}
