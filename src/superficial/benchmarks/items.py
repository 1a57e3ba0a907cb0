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


def by_content(data_set: str, prompt: str) -> str:
    """Return an id that depends on the data set and the text alone, not on where a copy of the data set holds it."""
    return f"{data_set}-{hashlib.sha256(prompt.encode()).hexdigest()[:12]}"
