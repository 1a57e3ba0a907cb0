"""XSTest (Röttger et al. 2024): its safe half, harmless requests that look dangerous, to see what is declined."""

from __future__ import annotations

from typing import Any

from superficial.benchmarks.items import Item, by_content

COLUMNS = ("prompt", "label")


def item(row: dict[str, Any], where: str, position: int) -> Item | None:
    """Return a safe request, None for an unsafe one."""
    if row["label"].strip().lower() != "safe":
        return None
    prompt = row["prompt"].strip()
    return Item(by_content("xstest", prompt), prompt, {"request": prompt})
