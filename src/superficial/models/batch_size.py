"""How many prompts a model continues at a time on its device."""

from __future__ import annotations

from typing import Any

import torch
from transformers import PreTrainedModel

from superficial.models.batches import DEFAULT_BATCH, largest_batch


def choose_batch_size(
    model: PreTrainedModel, prompts: list[list[int]], max_new_tokens: int, memory_share: float, extra_bytes: int = 0
) -> int:
    """Return how many prompts to continue at a time on the model's device.

    Args:
        model: the model that generates.
        prompts: token ids of each prompt.
        max_new_tokens: the longest response, in tokens.
        memory_share: the share of a GPU's memory for weights and cache, see `largest_batch`.
        extra_bytes: other memory that is used on the same device, such as a black-box head.
    """
    if model.device.type != "cuda":
        return DEFAULT_BATCH
    cache_bytes = cached_values_per_token(model.config.get_text_config(decoder=True)) * model.dtype.itemsize
    max_length = max(map(len, prompts)) + max_new_tokens
    card_bytes = torch.cuda.get_device_properties(model.device).total_memory
    # Weights on the host, of a model too large for the GPU, are on the GPU only while they are used.
    weight_bytes = sum(part.nbytes for part in model.parameters() if part.device == model.device)
    return largest_batch(card_bytes, memory_share, weight_bytes + extra_bytes, cache_bytes, max_length)


def cached_values_per_token(config: Any) -> int:
    """Return how many numbers the cache holds for a token.

    A state-space model has no attention heads; the states of a row have one size, less than keys and values of full
    width for a usual text.
    """
    heads = getattr(config, "num_attention_heads", None)
    if not heads:
        return 2 * config.num_hidden_layers * config.hidden_size
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    return 2 * config.num_hidden_layers * (getattr(config, "num_key_value_heads", None) or heads) * width
