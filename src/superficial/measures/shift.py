"""Shift tokens (section 2.1): positions where the aligned model's top token is not the base model's."""

from __future__ import annotations

import pandas as pd

# Lowest and highest rank of the target token in the base's distribution; None means no limit.
CATEGORIES = {"unshifted": (1, 1), "marginal": (2, 3), "shifted": (4, None)}


def category_shares(positions: pd.DataFrame) -> pd.DataFrame:
    """Return number and share of the positions that are unshifted (rank 1), marginal (2-3) and shifted (above 3)."""
    rank = positions["target_rank"]
    counts = {
        name: int(((rank >= low) & (rank <= (high or rank.max()))).sum()) for name, (low, high) in CATEGORIES.items()
    }
    table = pd.DataFrame({"category": list(counts), "positions": list(counts.values())})
    return table.assign(share=table["positions"] / len(positions))


def shift_tokens(positions: pd.DataFrame) -> pd.DataFrame:
    """Return the positions whose source and target token differ."""
    return positions[positions["source"] != positions["target"]]


def top_pairs(positions: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the most frequent (source, target) pairs of shift tokens; ties in alphabetical order."""
    pairs = shift_tokens(positions).groupby(["source", "target"]).size().rename("positions").reset_index()
    order = pairs.sort_values(["positions", "source", "target"], ascending=[False, True, True])
    return order.head(count).reset_index(drop=True)
