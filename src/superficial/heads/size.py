"""Residual heads made smaller: by rank, by the rows that are kept, and by numbers of eight bits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.heads.card import without_measurements
from superficial.heads.residual import ResidualHead
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

Kind = Literal["full", "rank", "rows", "int8"]
_FLOAT, _BYTE, _TOKEN_ID = 4, 1, 4
_LARGEST_INT8 = 127
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class SmallHead:
    """A head made smaller, and the bytes that its numbers need."""

    name: str
    kind: Kind
    head: ResidualHead
    size_bytes: int


def second_moments(trace: Trace) -> Float[Tensor, "width width"]:
    """Return the mean of h h^T over the base's final states, in float64."""
    width = trace.base_hidden.shape[1]
    moments = torch.zeros(width, width, dtype=torch.float64)
    for chunk in row_slices(len(trace), _CHUNK):
        hidden = trace.base_hidden[chunk].double()
        moments += hidden.T @ hidden
    return moments / len(trace)


def of_rank(head: ResidualHead, rank: int, moments: Float[Tensor, "width width"]) -> SmallHead:
    """Return the head of a rank whose logits differ least, in mean square over the states of `moments`.

    min over X of this rank: E || (dW - X) h ||^2, which is the truncated SVD of dW S with S S^T = E[h h^T]. A change
    that all logits share counts too, though softmax ignores it.
    """
    size, directions = torch.linalg.eigh(moments)
    root = size.clamp(min=1e-9 * size[-1].item()).sqrt()
    weighted = head.delta.double() @ (directions * root)
    _, leading = torch.linalg.eigh(weighted.T @ weighted)
    leading = leading[:, -rank:]
    delta = (weighted @ leading) @ (leading.T @ (directions / root).T)
    return SmallHead(f"rank {rank}", "rank", _changed(head, delta.float()), _FLOAT * rank * sum(delta.shape))


def of_rows(head: ResidualHead, tokens: Int[Tensor, " token"], name: str) -> SmallHead:
    """Return the head with the rows of some tokens; all other rows are 0."""
    delta = torch.zeros_like(head.delta).index_copy(0, tokens, head.delta[tokens])
    size_bytes = len(tokens) * (_FLOAT * delta.shape[1] + _TOKEN_ID)
    return SmallHead(name, "rows", _changed(head, delta), size_bytes)


def in_int8(small: SmallHead, rows: int) -> SmallHead:
    """Return a head whose rows are integers from -127 to 127 times a scale of each row.

    Args:
        small: the head, whole or with some rows.
        rows: how many rows it has.
    """
    delta = small.head.delta
    scale = delta.abs().amax(1, keepdim=True) / _LARGEST_INT8
    rounded = (delta / scale.clamp(min=torch.finfo(delta.dtype).tiny)).round() * scale
    ids = 0 if small.kind == "full" else _TOKEN_ID
    name = "int8" if small.kind == "full" else f"{small.name}, int8"
    size_bytes = rows * (_BYTE * delta.shape[1] + _FLOAT + ids)
    return SmallHead(name, "int8", _changed(small.head, rounded), size_bytes)


def whole(head: ResidualHead) -> SmallHead:
    """Return a head as it is."""
    return SmallHead("full", "full", head, _FLOAT * head.delta.numel())


def _changed(head: ResidualHead, delta: Float[Tensor, "vocab width"]) -> ResidualHead:
    return replace(head, delta=delta, card=without_measurements(head.card), inspection=None)
