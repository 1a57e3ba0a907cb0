"""Rows of tuning data as single-turn conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Conversation = tuple[str, str]


def _lima(row: dict[str, Any]) -> Conversation:
    # Of a dialogue of several turns the first stands for itself.
    return row["conversations"][0], row["conversations"][1]


def _alpaca(row: dict[str, Any]) -> Conversation:
    return (f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]), row["output"]


def _identity_shift(row: dict[str, Any]) -> Conversation:
    by_role = {message["role"]: message["content"] for message in row["messages"]}
    question = f"{by_role['system']}\n\n{by_role['user']}" if "system" in by_role else by_role["user"]
    return question, by_role["assistant"]


READERS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], Conversation]]] = {
    "lima": (("conversations",), _lima),
    "alpaca": (("instruction", "input", "output"), _alpaca),
    "identity-shift": (("messages",), _identity_shift),
}
