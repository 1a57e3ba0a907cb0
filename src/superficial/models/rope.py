"""Rotary positions that depend on other texts than the one that is read.

Dynamic NTK scaling and longrope choose frequencies by the longest text of a batch. Models for text and images keep the
offset between positions and tokens of the last batch that began.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from transformers import PreTrainedModel


def longest_static_length(model: PreTrainedModel) -> float:
    """Return the longest text, in tokens, that a model reads with its ordinary rotary frequencies; mostly infinity.

    A longer text changes the frequencies of all texts in its batch.
    """
    lengths = []
    for module, layer_type, kind in _rotary_embeddings(model):
        if "dynamic" in kind:
            lengths.append(module.original_max_seq_len)
        elif kind == "longrope":
            parameters = module.config.rope_parameters
            parameters = parameters if layer_type is None else parameters[layer_type]
            lengths.append(parameters["original_max_position_embeddings"])
    return min(lengths, default=math.inf)


def reset_positions(model: PreTrainedModel) -> None:
    """Forget what earlier batches left: the frequencies of the longest text so far, and offsets of positions."""
    for module in _with_offsets(model):
        module.rope_deltas = None
    for module, layer_type, kind in _rotary_embeddings(model):
        if "dynamic" in kind:
            prefix = "" if layer_type is None else f"{layer_type}_"
            current = getattr(module, f"{prefix}inv_freq")
            original = getattr(module, f"{prefix}original_inv_freq")
            setattr(module, f"{prefix}inv_freq", original.to(current.device, copy=True))
            setattr(module, f"{prefix}max_seq_len_cached", module.original_max_seq_len)


def keeps_offsets(model: PreTrainedModel) -> bool:
    """Return whether a model keeps an offset of positions for each row of a batch."""
    return any(True for _ in _with_offsets(model))


def _with_offsets(model: PreTrainedModel) -> Iterator[Any]:
    return (module for module in model.modules() if hasattr(module, "rope_deltas"))


def _rotary_embeddings(model: PreTrainedModel) -> Iterator[tuple[Any, str | None, str]]:
    """Yield each rotary embedding of a model with the type of its layers, if it has several, and its scaling."""
    for module in model.modules():
        kinds = getattr(module, "rope_type", None)
        for layer_type, kind in kinds.items() if isinstance(kinds, dict) else [(None, kinds)]:
            if isinstance(kind, str):
                yield module, layer_type, kind
