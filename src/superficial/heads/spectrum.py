"""Singular values and directions of a head's matrix."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

# Wider matrices would take hours.
_LARGEST_WIDTH = 8192


def spectrum(matrix: Float[Tensor, "row column"]) -> tuple[Float[Tensor, " rank"], Float[Tensor, "column rank"]]:
    """Return squared singular values and right singular vectors, the largest first, without those of value 0.

    They are computed from the Gram matrix of the columns, which is small even if the vocabulary is large.
    """
    gram = matrix.double().T @ matrix.double()
    squares, vectors = torch.linalg.eigh(gram)
    squares, vectors = squares.flip(0), vectors.flip(1)
    nonzero = squares > squares[0].clamp(min=0) * len(gram) * torch.finfo(torch.float64).eps
    return squares[nonzero], vectors[:, nonzero]


def energy_by_rank(matrix: Float[Tensor, "row column"]) -> dict[int, float]:
    """Return the share of a matrix's squared Frobenius norm in its first singular directions, by rank 1, 2, 4, ...

    Empty for a matrix of zeros, and for one with more columns than can be decomposed in reasonable time.
    """
    if matrix.shape[1] > _LARGEST_WIDTH:
        return {}
    squares, _ = spectrum(matrix)
    total = squares.sum()
    if not total:
        return {}
    shares = squares.cumsum(0) / total
    return {rank: shares[rank - 1].item() for rank in ranks_to_report(len(shares))}


def ranks_to_report(largest: int) -> list[int]:
    """Return 1, 2, 4, ... below the largest rank, and the largest."""
    ranks = [1]
    while ranks[-1] * 2 < largest:
        ranks.append(ranks[-1] * 2)
    return ([*ranks, largest] if largest > 1 else ranks) if largest else []
