"""How much of the space spanned by masked logits is shared by two models (section 3.2, Eq. 4)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

# Directions with less than this share of the largest singular value are rounding errors.
_RANK_TOLERANCE = 1e-5


def transfer_space_similarity(left: Float[Tensor, "n vocab"], right: Float[Tensor, "n vocab"]) -> tuple[float, float]:
    """Compare the spans of two models' masked logits on identical inputs.

    Returns:
        Eq. 4 as printed, ||V_1^T V_2||_F / sqrt(||V_1||_F ||V_2||_F), and the usual normalised overlap
        ||V_1^T V_2||_F^2 / min(rank). Both are in [0, 1]; for spans of equal rank the second is the first squared.
    """
    first, second = _right_singular_vectors(left), _right_singular_vectors(right)
    shared = torch.linalg.norm(first.T @ second)
    as_printed = shared / (torch.linalg.norm(first) * torch.linalg.norm(second)).sqrt()
    return as_printed.item(), (shared**2 / min(first.shape[1], second.shape[1])).item()


def _right_singular_vectors(vectors: Float[Tensor, "n vocab"]) -> Float[Tensor, "vocab rank"]:
    _, values, right = torch.linalg.svd(vectors, full_matrices=False)
    return right[values > _RANK_TOLERANCE * values[0]].T
