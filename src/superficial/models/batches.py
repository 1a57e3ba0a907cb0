"""How many prompts are continued at a time: what the memory of a GPU leaves for the key-value cache."""

from __future__ import annotations

# On the CPU, where memory sets no limit.
DEFAULT_BATCH = 64
# On a GPU. In larger batches the cache alone determines the time of a step.
LARGEST_BATCH = 256
# The share of a GPU's memory for one model's weights and cache, and the same where a second model is loaded too.
MEMORY_SHARE = 0.9
MEMORY_SHARE_WITH_SECOND_MODEL = 0.5


def largest_batch(
    card_bytes: float, memory_share: float, weight_bytes: float, cache_bytes_per_token: float, max_length: int
) -> int:
    """Return how many texts fit on a GPU: at least 1, at most `LARGEST_BATCH`.

    The answer depends on the size of the GPU, not on what is free, so that the batches are the same in every run.

    Args:
        card_bytes: the memory of the GPU.
        memory_share: the share of it that weights and cache may take.
        weight_bytes: the size of the weights.
        cache_bytes_per_token: the size of the keys and values of one token.
        max_length: tokens of the longest text, with its response.
    """
    free_bytes = memory_share * card_bytes - weight_bytes
    return max(1, min(LARGEST_BATCH, int(free_bytes / (cache_bytes_per_token * max_length))))
