"""A question as every reader makes it, and the number that a content hash gives it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """One question: its id, the text that prompts are made of, and what a judge needs beside the answer."""

    question_id: str
    prompt: str
    reference: dict[str, Any]


def by_content(benchmark: str, prompt: str) -> str:
    """Return an id that depends on the text alone: the same wherever, and in whatever order, a copy holds it."""
    return f"{benchmark}-{hashlib.sha256(prompt.encode()).hexdigest()[:12]}"
