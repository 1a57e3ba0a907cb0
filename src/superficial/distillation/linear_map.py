"""The aligned model's hidden states as a linear map of the base's, by ridge regression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

_CHUNK = 2**13
# The penalties, as shares of the mean square of the base's states. Few positions of wide states need a large one.
_RIDGES = (1e-3, 1e-2, 1e-1, 1.0)


def linear_maps(trace: Trace, device: torch.device) -> Iterator[Float[Tensor, "aligned_width width"]]:
    """Yield the maps A that minimise E|h_a - A h_b|^2 + lambda |A - prior|^2, for each penalty lambda and each prior.

    The prior is 0, which is right where both models have little in common, and the identity where both have the same
    width: what fine-tuning leaves alone.

    Args:
        trace: both models' states.
        device: where to compute.
    """
    width, aligned_width = trace.base_hidden.shape[1], trace.aligned_hidden.shape[1]
    # In float64: one direction often has most of the variance, and rounding would be as large as the others' variance.
    moments = torch.zeros(width, width, dtype=torch.float64, device=device)
    cross = torch.zeros(aligned_width, width, dtype=torch.float64, device=device)
    for chunk in row_slices(len(trace), _CHUNK):
        base, aligned = (
            states[chunk].to(device, torch.float64) for states in (trace.base_hidden, trace.aligned_hidden)
        )
        moments.addmm_(base.T, base)
        cross.addmm_(aligned.T, base)
    identity = torch.eye(width, dtype=torch.float64, device=device)
    for ridge in _RIDGES:
        factor = torch.linalg.cholesky(moments + ridge * moments.diagonal().mean() * identity)
        yield torch.cholesky_solve(cross.T, factor).T.float()
        if width == aligned_width:
            yield (identity + torch.cholesky_solve((cross - moments).T, factor).T).float()


def best_map(
    maps: Iterable[Float[Tensor, "aligned_width width"]], validation: Trace, device: torch.device
) -> Float[Tensor, "aligned_width width"]:
    """Return the map that predicts the aligned model's states at validation positions with the least squared error."""
    base, aligned = (
        states[:].to(device, torch.float32) for states in (validation.base_hidden, validation.aligned_hidden)
    )
    return min(maps, key=lambda linear_map: (aligned - base @ linear_map.T).square().mean().item())
