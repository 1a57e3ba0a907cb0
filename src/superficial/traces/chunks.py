"""How many positions have their logits in memory at a time."""

from __future__ import annotations

# Several arrays of this size are in use at once.
_LOGITS_BYTES = 2**26
# More positions at once save no time.
MOST_POSITIONS = 4096


def positions_at_once(vocabulary_size: int, most: int = MOST_POSITIONS) -> int:
    """Return how many positions have 64 MB of logits in float32, at most `most`."""
    return max(1, min(most, _LOGITS_BYTES // (4 * vocabulary_size)))
