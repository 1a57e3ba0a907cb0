"""How many prompts are continued at a time: what a card's memory leaves for the cache of keys and values."""

from __future__ import annotations

# On the CPU, where memory is no limit; and the most on a card, beyond which the cache alone sets the time of a step.
USUAL, MOST = 64, 256
# Of a card, for weights and cache: where one model answers, and where another waits beside it.
ALONE, BESIDE = 0.9, 0.5


def largest_batch(card_bytes: float, share: float, weight_bytes: float, cache_bytes: float, longest: int) -> int:
    """Return how many texts fit a card, at least 1, at most `MOST`.

    It goes by the size of the card, not by what is free: the same texts are always in the same batches.

    Args:
        card_bytes: the memory of the card.
        share: of it, what weights and cache may take.
        weight_bytes: of the model.
        cache_bytes: of one token.
        longest: tokens of the longest text, its response included.
    """
    return max(1, min(MOST, int((share * card_bytes - weight_bytes) / (cache_bytes * longest))))
