"""ToxiGen (Hartvigsen et al. 2022): lists of statements about a group, for a model to continue.

Question ids are line numbers, not hashes: the paper follows earlier work that splits each group's file by line.
"""

from __future__ import annotations

from typing import Any

from superficial.measures.measure import Measure
from superficial.sources.question import Question

MEASURES = {"toxi_score": Measure("ToxiScore", "toxigen", better="lower")}
COLUMNS = ("text",)
CLUSTERS = ("group",)


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the prompt of a row, with its line breaks; a column names the group, or else the name of the file."""
    prompt = row["text"].strip().replace("\\\\", "\\").replace("\\n", "\n")
    return Question(f"toxigen-{file_stem}-{position:04d}", prompt, {"group": row.get("group", file_stem)})
