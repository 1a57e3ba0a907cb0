"""AdvBench (Zou et al. 2023): instructions that an aligned model should decline."""

from __future__ import annotations

from typing import Any

from superficial.benchmarks.items import Item, by_content

COLUMNS = ("goal",)


def item(row: dict[str, Any], where: str, position: int) -> Item:
    """Return an instruction."""
    goal = row["goal"].strip()
    return Item(by_content("advbench", goal), goal, {"request": goal})
