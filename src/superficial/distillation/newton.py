"""Approximate Newton steps on dW: the KL's curvature as one number per token times one matrix for all tokens.

The Hessian of the mean KL is E[(diag P_s - P_s P_s^T) (x) h h^T]. Its diagonal block of a token is approximated by the
mean P (1 - P) of this token, under teacher and base, times the covariance of the hidden states.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.distillation.objective import ResidualObjective
from superficial.distillation.training_loop import Step
from superficial.traces.sharded_rows import row_slices

_CHUNK = 4096
_MOMENTUM = 0.9
# The penalty on the square of dW: this times the mean variance of a hidden state, over the positions and the
# vocabulary, as a token's curvature is of the order 1 / V. What no position determines stays near the base, and few
# positions need no early stop.
_PENALTY = 2000.0
# How far one step may move a token's logit: root mean square over the positions, in nats. Far from dW = 0 the curvature
# is a different one; with unlimited steps, training on a few hundred positions ends worse than it began.
_MAX_STEP = 1.0


@dataclass(frozen=True)
class Curvature:
    """The penalty lambda on |dW|^2 / 2, the hidden states' variance by direction, and the inverse of the curvature."""

    penalty: float
    variance: Float[Tensor, " width"]
    inverse: Float[Tensor, "row width"]

    def direction(self, gradient: Float[Tensor, "row width"], delta: Float[Tensor, "row width"]) -> Tensor:
        """Return the Newton direction of the penalised KL, of limited length; overwrites `gradient`."""
        direction = gradient.add_(delta, alpha=self.penalty).mul_(self.inverse)
        logit_change = (direction.square() @ self.variance).sqrt()
        return direction.mul_((_MAX_STEP / logit_change).clamp(max=1)[:, None])


def curvature_at_base(
    objective: ResidualObjective, variance: Float[Tensor, " width"], epsilon: float, vocabulary_size: int
) -> Curvature:
    """Return the curvature at dW = 0.

    Args:
        objective: the KL on the training positions, in the basis of the eigenvectors of E[h h^T].
        variance: the eigenvalues.
        epsilon: over V, added to each token's mean P (1 - P), so that tokens that hardly occur are not moved far.
        vocabulary_size: V, of all tokens, trained or not.
    """
    zero = torch.zeros_like(objective.pair.base.weight)
    spread = torch.zeros(len(zero), device=zero.device)
    count = len(objective)
    for chunk in row_slices(count, _CHUNK):
        teacher = objective.teacher_probabilities(chunk)
        base = objective.student_probabilities(objective.hidden(chunk), chunk, zero)
        for probabilities in (teacher, base):
            spread += (probabilities.sum(0) - probabilities.square().sum(0)) / (2 * count)
    penalty = _PENALTY * variance.mean().item() / (vocabulary_size * count)
    # Curvature differs between positions: adding the mean variance keeps a step from overshooting where it is larger
    # than on average.
    curvature = (spread + epsilon / vocabulary_size)[:, None] * (variance + variance.mean())
    return Curvature(penalty, variance, 1 / (curvature + penalty))


def newton_step(
    start: Float[Tensor, "row width"], curvature: Curvature, learning_rate: float, schedule_steps: int
) -> Step:
    """Return a Newton step with Nesterov momentum and a cosine schedule.

    Args:
        start: dW before the first step; it is trained in place.
        curvature: the penalty, and what turns a gradient into a direction.
        learning_rate: the rate of the first step.
        schedule_steps: the length of the schedule in steps.
    """
    optimizer = torch.optim.SGD([start], lr=learning_rate, momentum=_MOMENTUM, nesterov=True, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule_steps)

    def step(gradient: Tensor, delta: Tensor) -> Tensor:
        start.grad = curvature.direction(gradient, delta)
        optimizer.step()
        schedule.step()
        return start

    return step
