"""Which texts may share a batch: only such that no text changes the result of another."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import (
    DummyLayer,
    DynamicLayer,
    DynamicSlidingWindowLayer,
    LinearAttentionAndFullAttentionLayer,
    LinearAttentionAndSlidingWindowAttentionLayer,
    LinearAttentionLayer,
)

from superficial.models.rope import keeps_offsets, longest_static_length

_ATTENTION = {DynamicLayer, DynamicSlidingWindowLayer}
# Their states belong to a whole row. Caches of other kinds, such as of sparse attention, are not relied on.
_LINEAR = {
    DummyLayer,
    LinearAttentionLayer,
    LinearAttentionAndFullAttentionLayer,
    LinearAttentionAndSlidingWindowAttentionLayer,
}
# It takes positions, but is not given any in generation, and counts the padding.
_NEVER_PADDED = ("git",)
# With its cache it reads texts that are longer than its window differently.
_NEVER_CACHED = ("moshi",)


@dataclass(frozen=True)
class Batch:
    """Texts that a model reads together.

    Attributes:
        numbers: of the texts.
        editable: the texts may be padded to one length, may begin with a cached prefix, and may leave the batch.
            Otherwise all have one length and stay to the end.
        cached: the states of earlier tokens may be kept while the texts grow.
    """

    numbers: list[int]
    editable: bool
    cached: bool


def plan_batches(model: PreTrainedModel, lengths: Sequence[int], size: int, growth: int = 0) -> list[Batch]:
    """Return the batches in which a model reads texts, the shortest first.

    Texts of similar length share a batch, so that little is computed for padding. Texts of exactly one length do where
    padding or neighbours would change results.

    Args:
        model: a causal language model.
        lengths: tokens of each text.
        size: texts in a batch, at most.
        growth: tokens that are added to each text, at most.
    """
    order = sorted(range(len(lengths)), key=lambda number: lengths[number])
    static = longest_static_length(model)
    usual = [number for number in order if lengths[number] + growth <= static]
    batches, cached = [], can_cache(model)
    if allows_padding(model):
        batches += [Batch(numbers, True, True) for numbers in _chunks(usual, size)]
    else:
        batches += [Batch(numbers, False, cached) for numbers in _equal_lengths(usual, lengths, size)]
    # While such a text grows, the frequencies change, and with them the states of all its tokens.
    long = order[len(usual) :]
    return batches + [Batch(numbers, False, False) for numbers in _equal_lengths(long, lengths, size)]


def allows_padding(model: PreTrainedModel) -> bool:
    """Return whether padding on the left leaves a model's results unchanged, and rows can be taken from its cache.

    Both hold for attention whose positions are given with the tokens, over all earlier tokens or a window of them.
    States of linear attention and of state-space layers belong to a whole row; sparse attention counts padding among
    the tokens it selects from; and models that count positions themselves count the padding.
    """
    takes_positions = "position_ids" in inspect.signature(model.forward).parameters
    excepted = model.config.model_type in _NEVER_PADDED or keeps_offsets(model)
    return can_cache(model) and takes_positions and not excepted and _cache_layers(model) <= _ATTENTION


def allows_joining(model: PreTrainedModel) -> bool:
    """Return whether a text may join a batch whose rows have grown: the cache has a place for each of their tokens."""
    return allows_padding(model) and _cache_layers(model) == {DynamicLayer}


def can_cache(model: PreTrainedModel) -> bool:
    """Return whether a model's cache gives the same results as reading the whole text again for each token."""
    supports_default_cache: Any = model._supports_default_dynamic_cache
    takes_cache = not {"past_key_values", "cache_params"}.isdisjoint(inspect.signature(model.forward).parameters)
    usable = bool(supports_default_cache()) and takes_cache and model.config.model_type not in _NEVER_CACHED
    return usable and _cache_layers(model) <= _ATTENTION | _LINEAR


def _cache_layers(model: PreTrainedModel) -> set[type]:
    return {type(layer) for layer in DynamicCache(config=model.config.get_text_config(decoder=True)).layers}


def _chunks(numbers: list[int], size: int) -> list[list[int]]:
    return [numbers[begin : begin + size] for begin in range(0, len(numbers), size)]


def _equal_lengths(numbers: list[int], lengths: Sequence[int], size: int) -> list[list[int]]:
    groups = [list(group) for _, group in groupby(numbers, key=lambda number: lengths[number])]
    return [chunk for group in groups for chunk in _chunks(group, size)]
