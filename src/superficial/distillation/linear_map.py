"""The aligned model's hidden states as a linear map of the base's, by ridge regression."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

_CHUNK = 2**13
# The penalty, as a share of the mean variance of the base's states. Between a thousandth and a tenth it hardly matters,
# as the map is refined.
_RIDGE = 1e-2


def linear_maps(trace: Trace, device: torch.device) -> list[Float[Tensor, "aligned_width width"]]:
    """Return the maps A that minimise E|h_a - A h_b|^2 + lambda |A - prior|^2, one for each prior.

    The prior is 0, which is right where both models have little in common, and the identity where both have the same
    width: what fine-tuning leaves alone.

    Args:
        trace: both models' states.
        device: where to compute.
    """
    width, aligned_width = trace.base_hidden.shape[1], trace.aligned_hidden.shape[1]
    # In float64: one direction often has most of the variance, and rounding would be as large as the others' variance.
    covariance = torch.zeros(width, width, dtype=torch.float64, device=device)
    cross = torch.zeros(aligned_width, width, dtype=torch.float64, device=device)
    for chunk in row_slices(len(trace), _CHUNK):
        base, aligned = (
            states[chunk].to(device, torch.float64) for states in (trace.base_hidden, trace.aligned_hidden)
        )
        covariance.addmm_(base.T, base)
        cross.addmm_(aligned.T, base)
    penalty = _RIDGE * covariance.diagonal().mean()
    factor = torch.linalg.cholesky(covariance + penalty * torch.eye(width, dtype=torch.float64, device=device))
    maps = [torch.cholesky_solve(cross.T, factor).T]
    if width == aligned_width:
        change = torch.cholesky_solve((cross - covariance).T, factor).T
        maps.append(torch.eye(width, dtype=torch.float64, device=device) + change)
    return [linear_map.float() for linear_map in maps]


def best_map(
    maps: Sequence[Float[Tensor, "aligned_width width"]], validation: Trace
) -> Float[Tensor, "aligned_width width"]:
    """Return the map that predicts the aligned model's states at validation positions with the least squared error."""
    base, aligned = (states[:].to(maps[0]) for states in (validation.base_hidden, validation.aligned_hidden))
    return min(maps, key=lambda linear_map: (aligned - base @ linear_map.T).square().mean().item())
