"""How many positions have their logits in memory at a time."""

from __future__ import annotations

# Several arrays of this size are in use at once.
_LOGITS_BYTES = 2**26


def positions_at_once(vocabulary_size: int, largest: int) -> int:
    """Return how many positions have 64 MB of logits in float32, at most `largest`."""
    return max(1, min(largest, _LOGITS_BYTES // (4 * vocabulary_size)))
