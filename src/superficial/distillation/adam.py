"""Adam: with a cosine schedule, or at a constant rate as in the paper."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.distillation.training_loop import Step


def adam_step(
    start: Float[Tensor, "row column"], learning_rate: float, epsilon: float, schedule_steps: int | None
) -> Step:
    """Return Adam's step on a matrix.

    Args:
        start: the matrix before the first step; it is trained in place.
        learning_rate: the rate of the first step.
        epsilon: Adam's.
        schedule_steps: the length of a cosine schedule in steps; None: a constant rate.
    """
    optimizer = torch.optim.Adam([start], lr=learning_rate, eps=epsilon, fused=start.is_cuda)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule_steps) if schedule_steps else None

    def step(gradient: Tensor, _: Tensor) -> Tensor:
        start.grad = gradient
        optimizer.step()
        if schedule:
            schedule.step()
        return start

    return step
