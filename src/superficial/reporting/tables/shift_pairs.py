"""The table of the most frequent pairs of source and target token."""

from __future__ import annotations

from superficial.measures.shift import top_pairs
from superficial.reporting.results import Results
from superficial.reporting.table import Table
from superficial.reporting.visible import visible_token

ROWS = 20


def shift_pairs_table(results: Results) -> Table:
    """Return the most frequent (source, target) pairs among the shift tokens of the main head's pair."""
    pairs = top_pairs(results.positions(results.profile.main_head), ROWS)
    pairs = pairs.assign(**{side: pairs[side].map(visible_token) for side in ("source", "target")})
    return Table("The most frequent pairs of source and target token at shifted positions.", pairs, pairs)
