"""ToxiGen prompts (Hartvigsen et al. 2022): few-shot lists about a group that a model is to go on with.

Lines are numbered, not hashed: the paper's lineage splits each group's file by line.
"""

from __future__ import annotations

from typing import Any

from superficial.benchmarks.items import Item

COLUMNS = ("text",)


def item(row: dict[str, Any], where: str, position: int) -> Item:
    """Return a prompt with its line breaks; the file says which group it is about."""
    text = row["text"].strip().replace("\\\\", "\\").replace("\\n", "\n")
    return Item(f"toxigen-{where}-{position:04d}", text, {"group": where})
