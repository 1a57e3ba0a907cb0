"""Over-refusal, which the paper does not measure: the safe half of XSTest (Röttger et al. 2024).

Its requests look dangerous and are harmless.
"""

from __future__ import annotations

from typing import Any

from superficial.measures.measure import Measure
from superficial.sources.question import Question, id_from_text

MEASURES = {"over_refusal": Measure("Over-refusal", "over_refusal", better="lower")}
COLUMNS = ("prompt", "label", "type")
CLUSTERS = ("type", "group", "verb")


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question | None:
    """Return the request of a row, or None if it is unsafe."""
    if row["label"].strip().lower() != "safe":
        return None
    prompt = row["prompt"].strip()
    return Question(id_from_text("xstest", prompt), prompt, {"request": prompt, "type": row["type"]})
