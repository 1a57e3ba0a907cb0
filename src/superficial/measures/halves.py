"""Two halves of the prompts: what is chosen on one is tested on the other."""

from __future__ import annotations

import pandas as pd


def halves(rows: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of every other prompt, in the order of their numbers, and the rows of the others.

    Args:
        rows: rows of several prompts.
        unit: the column that tells prompts apart.
    """
    is_first = rows[unit].rank(method="dense").astype(int) % 2 == 1
    return rows[is_first], rows[~is_first]
