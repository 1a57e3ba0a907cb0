"""A question of a real benchmark, and its id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """A question: its id, the text that goes into a prompt, and what a judge needs besides the response."""

    question_id: str
    prompt: str
    reference: dict[str, Any]


def id_from_text(data_set: str, text: str) -> str:
    """Return an id that depends only on the text, so that every copy and order of a data set gives the same ids."""
    return f"{data_set}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
