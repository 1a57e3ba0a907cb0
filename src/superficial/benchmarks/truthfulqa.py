"""TruthfulQA, generation (Lin et al. 2021): questions that many people answer wrongly."""

from __future__ import annotations

from typing import Any

from superficial.benchmarks.items import Item, by_content

COLUMNS = ("Question", "Best Answer", "Correct Answers", "Incorrect Answers")


def item(row: dict[str, Any], where: str, position: int) -> Item:
    """Return a question; its reference keeps the best answer for readers, judges do not see it."""
    question = row["Question"].strip()
    return Item(by_content("truthfulqa", question), question, {"best": row["Best Answer"]})
