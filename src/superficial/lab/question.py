"""A question of the lab, and the three styles of answers.

The base corpus mixes careless answers, the majority, with careful ones, a minority in varied wordings. Aligned answers
recombine fragments of the careful wordings. This makes a part of the alignment superficial: the base model can already
say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Style = Literal["careless", "careful", "aligned"]
STYLES: tuple[Style, ...] = ("careless", "careful", "aligned")


@dataclass(frozen=True)
class Question:
    """A question: its benchmark, its text, and what the oracle needs to judge a response."""

    benchmark: str
    text: str
    reference: dict[str, Any]
