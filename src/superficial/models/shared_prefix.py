"""The beginning that all prompts have in common, such as in-context examples: a model reads it once."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

# In tokens; reading a shorter prefix once saves less than the bookkeeping costs.
_SHORTEST = 64

# Of one layer, each (1, head, token, width).
KeysAndValues = tuple[Tensor, Tensor]


def shared_prefix(prompts: list[list[int]]) -> list[int]:
    """Return the tokens that all prompts begin with, without the last token of the shortest: its logits are needed."""
    first, last = min(prompts, default=[]), max(prompts, default=[])
    length = min(map(len, prompts), default=1) - 1
    return first[: next((at for at in range(length) if first[at] != last[at]), length)]


def read_prefix(model: PreTrainedModel, prefix: list[int]) -> list[KeysAndValues]:
    """Return the keys and values of a prefix in each layer; nothing where the prefix is short."""
    if len(prefix) < _SHORTEST:
        return []
    # Without the model's configuration the cache holds all positions, also those outside a sliding window.
    cache = DynamicCache()
    model(torch.tensor([prefix], device=model.device), past_key_values=cache, logits_to_keep=1)
    return [(keys, values) for keys, values, *_ in cache]


def cache_with_prefix(model: PreTrainedModel, layers: list[KeysAndValues], paddings: list[int]) -> DynamicCache:
    """Return the cache of a batch whose rows begin with a prefix, after `paddings` padding tokens each.

    Each row is shifted right by its paddings and cut at the length of the prefix; the tokens that are cut off are read
    again with the rest of the row's prompt. So all rows have one length, and no row has a gap.
    """
    cache = DynamicCache(config=model.config)
    for number, states in enumerate(layers):
        # `roll` brings what is cut off to the front, where the paddings hide it.
        keys, values = (torch.cat([torch.roll(state, gap, dims=2) for gap in paddings]) for state in states)
        cache.update(keys, values, number)
    return cache
