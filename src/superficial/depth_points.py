"""The names of the points of a depth curve, for what makes them and what reports on them. Loads no torch."""

from __future__ import annotations

from superficial.config.depth import Side

# The base without a head, and the points beyond the blocks.
BASE, ALL_BUT_EMBEDDINGS, EVERYTHING = "base", "all but the embeddings", "everything"


def point_name(side: Side, blocks: int) -> str:
    """Return the name of a point with so many blocks of a side."""
    return f"{side} {blocks}"
