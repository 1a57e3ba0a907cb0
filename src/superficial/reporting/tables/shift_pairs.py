"""The table of the most frequent pairs of source and target token."""

from __future__ import annotations

from superficial.measures.shift import top_pairs
from superficial.reporting.results import Results
from superficial.reporting.table import Table

ROWS = 20


def shift_pairs_table(results: Results) -> Table:
    """Return the most frequent (source, target) pairs among the shift tokens of the main head's pair."""
    pairs = top_pairs(results.positions(results.profile.main_head), ROWS)
    return Table("The most frequent pairs of source and target token at shifted positions.", pairs, pairs)
