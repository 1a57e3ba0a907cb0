"""TruthfulQA, generation (Lin et al. 2021): questions that many people answer wrongly."""

from __future__ import annotations

from typing import Any

from superficial.measures.measure import Measure
from superficial.sources.question import Question, id_from_text

MEASURES = {"info_true": Measure("Info+True", "truthfulqa", better="higher")}
COLUMNS = ("Category", "Question", "Best Answer", "Correct Answers", "Incorrect Answers")
CLUSTERS = ("category", "creature")


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the question of a row; the best answer is for readers, judges do not see it."""
    text = row["Question"].strip()
    return Question(id_from_text("truthfulqa", text), text, {"best": row["Best Answer"], "category": row["Category"]})
