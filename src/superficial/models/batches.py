"""How many prompts are continued at a time: what the cache of keys and values leaves room for."""

from __future__ import annotations

# On the CPU, where memory is no limit; on a card, beyond which the cache alone sets the time of a step.
USUAL, MOST = 64, 256
# Of the free memory; the rest is for activations and logits.
_SHARE = 0.8


def largest_batch(free_bytes: float, cache_bytes: float, longest: int) -> int:
    """Return how many texts of `longest` tokens fit, each token taking `cache_bytes`; at least 1, at most `MOST`."""
    return max(1, min(MOST, int(_SHARE * free_bytes / (cache_bytes * longest))))
