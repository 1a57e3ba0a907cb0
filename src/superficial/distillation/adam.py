"""Adam: with a cosine schedule, or at a constant rate as in the paper."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.distillation.training_loop import Step


def adam_step(
    start: Float[Tensor, "row column"],
    learning_rate: float,
    epsilon: float,
    schedule_steps: int | None,
    directions: Float[Tensor, "rank column"] | None = None,
) -> Step:
    """Return Adam's step on a matrix.

    Args:
        start: the matrix before the first step; of full rank, it is trained in place.
        learning_rate: the rate of the first step.
        epsilon: Adam's.
        schedule_steps: the length of a cosine schedule in steps; None: a constant rate.
        directions: of a matrix of low rank, where its right factor starts; the left one starts at 0. None: full rank,
            which is a convex problem.
    """
    # The matrix is left right. Of full rank, right would be the identity and never move.
    left, right = start, directions
    if right is not None:
        left = torch.zeros(len(start), len(right), device=start.device)
    factors = [left] if right is None else [left, right]
    optimizer = torch.optim.Adam(factors, lr=learning_rate, eps=epsilon, fused=start.is_cuda)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule_steps) if schedule_steps else None

    def step(gradient: Tensor, _: Tensor) -> Tensor:
        if right is None:
            left.grad = gradient
        else:
            left.grad, right.grad = gradient @ right.T, left.T @ gradient
        optimizer.step()
        if schedule:
            schedule.step()
        return left if right is None else left @ right

    return step
