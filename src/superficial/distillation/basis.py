"""Bases of the base's hidden states, in which dW is better conditioned than in the model's own coordinates."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.traces.sharded_rows import ShardedRows, row_chunks

_CHUNK = 2**17
# Directions with less than this share of the mean variance are scaled as if they had it.
_RIDGE = 0.01


def second_moments(
    hidden: Float[Tensor, "position width"] | ShardedRows,
    like: Tensor,
    basis: Float[Tensor, "width width"] | None = None,
) -> Float[Tensor, "width width"]:
    """Return the sum of h h^T over hidden states, of h T in a basis T, with the device and dtype of `like`."""
    total = torch.zeros((), device=like.device)
    for chunk in row_chunks(hidden, _CHUNK):
        states = chunk.to(like) if basis is None else chunk.to(like) @ basis
        total = total + states.T @ states
    return total


def principal_directions(
    covariance: Float[Tensor, "width width"],
) -> tuple[Float[Tensor, " width"], Float[Tensor, "width width"]]:
    """Return the variance of hidden states by principal direction, and the orthonormal directions as columns."""
    variance, directions = torch.linalg.eigh(covariance)
    return variance.clamp(min=0), directions


def whitening(covariance: Float[Tensor, "width width"]) -> Float[Tensor, "width width"]:
    """Return the matrix that makes hidden states about uncorrelated and of equal variance in every direction.

    The objective is convex in dW and as badly conditioned as the covariance of the states; in whitened coordinates it
    takes a fraction of the steps.
    """
    variance, directions = principal_directions(covariance)
    scale = (variance.mean() / (variance + _RIDGE * variance.mean())).sqrt()
    return directions @ torch.diag(scale) @ directions.T


def leading_directions(moments: Float[Tensor, "width width"], rank: int) -> Float[Tensor, "rank width"]:
    """Return the orthonormal directions in which states vary most, as rows, the strongest first."""
    _, directions = torch.linalg.eigh(moments)
    return directions.flip(-1)[:, :rank].T.contiguous()
