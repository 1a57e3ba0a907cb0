"""The tokens that hold nearly all probability: only their rows are worth training."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Int
from torch import Tensor

from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead
from superficial.traces.sharded_rows import ShardedRows, row_slices

# The share of the mean probability that all other tokens have together, at most.
_REST = 1e-5
# Positions at once at most, see `positions_at_once`.
_CHUNK = 1024


def likely_tokens(students: Iterable[tuple[OutputHead, Tensor | ShardedRows]]) -> Int[Tensor, " token"]:
    """Return the fewest tokens that hold nearly all mean probability of each model, ascending.

    Args:
        students: output heads, each with hidden states (position, width).
    """
    chosen: list[Tensor] = []
    for head, hidden in students:
        total = torch.zeros_like(head.weight[:, 0], dtype=torch.float64)
        for positions in row_slices(len(hidden), positions_at_once(len(head.weight), _CHUNK)):
            total += head.logits(hidden[positions]).softmax(-1).sum(0)
        held, order = (total / len(hidden)).sort(descending=True)
        count = int((held.cumsum(0) < 1 - _REST).sum()) + 1
        chosen.append(order[:count])
    return torch.cat(chosen).unique()
