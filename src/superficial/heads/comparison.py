"""How two heads of one kind differ."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.card import same_base
from superficial.heads.files import Inspection, TokenChange
from superficial.heads.loading import Head
from superficial.heads.restriction import Restriction
from superficial.heads.spectrum import ranks_to_report, spectrum


@dataclass(frozen=True)
class HeadComparison:
    """The comparison of two heads, each at its strength.

    `same_base`: whether both were made for one base model. `norms`: the Frobenius norm of each matrix. `cosine`: of the
    two matrices as vectors, None if one is 0. `overlap_by_rank`: ||V_1^T V_2||_F^2 / rank for the first `rank` right
    singular vectors, the directions of the hidden states (or logits) that the heads read. `rises_shared` and
    `falls_shared`: the share of the most changed tokens of both inspections that are the same, None if a head has no
    inspection.
    """

    same_base: bool
    norms: tuple[float, float]
    cosine: float | None
    overlap_by_rank: dict[int, float]
    rises_shared: float | None
    falls_shared: float | None


def compare_heads(left: Head, right: Head) -> HeadComparison:
    """Compare two heads of one kind and size, each at its strength.

    Raises:
        ValueError: if kind or size differ.
    """
    if left.kind != right.kind or _size(left) != _size(right):
        kinds = [f"a {head.kind} head of {_size(head)}" for head in (left, right)]
        raise ValueError(f"Only heads of one kind and size can be compared, these are {' and '.join(kinds)}.")
    matrices = _aligned(left, right)
    # In float32 the sums over a large vocabulary would round a cosine beyond 1.
    norms = [torch.linalg.vector_norm(matrix, dtype=torch.float64).item() for matrix in matrices]
    product = norms[0] * norms[1]
    (_, first), (_, second) = map(spectrum, matrices)
    overlap = {
        rank: (torch.linalg.norm(first[:, :rank].T @ second[:, :rank]) ** 2 / rank).item()
        for rank in ranks_to_report(min(first.shape[1], second.shape[1]))
    }
    return HeadComparison(
        same_base=same_base(left.card, right.card),
        norms=(norms[0], norms[1]),
        cosine=(matrices[0].double() * matrices[1]).sum().item() / product if product else None,
        overlap_by_rank=overlap,
        rises_shared=_shared(left.inspection, right.inspection, "rises"),
        falls_shared=_shared(left.inspection, right.inspection, "falls"),
    )


def _size(head: Head) -> tuple[int, ...]:
    """Return the size of the whole dW or W_trans."""
    if isinstance(head, BlackBoxHead):
        return (head.restriction.vocabulary_size,) * 2
    return tuple(head.matrix.shape)


def _aligned(left: Head, right: Head) -> tuple[Tensor, Tensor]:
    """Return both matrices at the same rows and columns: of black-box heads, those that either head has."""
    if not (isinstance(left, BlackBoxHead) and isinstance(right, BlackBoxHead)):
        return left.matrix, right.matrix
    first, second = left.restriction.masks(), right.restriction.masks()
    union = Restriction.of_masks(first["rows"] | second["rows"], first["columns"] | second["columns"])
    return left.restriction.embed(left.matrix, union), right.restriction.embed(right.matrix, union)


def _shared(left: Inspection | None, right: Inspection | None, side: str) -> float | None:
    if left is None or right is None:
        return None
    changes: list[list[TokenChange]] = [getattr(inspection, side) for inspection in (left, right)]
    first, second = ({change.id for change in tokens} for tokens in changes)
    return len(first & second) / max(len(first), len(second))
