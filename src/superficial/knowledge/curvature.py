"""An approximate Newton step for dW: the KL's curvature as one number a token times one matrix for all tokens.

The Hessian of the mean KL is E[(diag P_s - P_s P_s^T) (x) h h^T]. Its diagonal block of a token is taken as the mean
P (1 - P) of this token, under teacher and base, times the covariance of the hidden states.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.knowledge.objective import Objective

_CHUNK = 4096
# Times the mean variance of a hidden state, over the positions: the penalty on the square of dW. What no position
# determines stays near the base, and few positions need no early stop.
_PENALTY = 3.3
# In nats, root mean square over the positions: how far one step may move a token's logit. Far from dW = 0 the
# curvature is another one: unlimited, a few hundred positions end worse than they began.
_LONGEST_STEP = 1.0


@dataclass(frozen=True)
class Curvature:
    """The penalty lambda on |dW|^2 / 2, the covariance's eigenvectors and eigenvalues, and one over the curvature."""

    penalty: float
    directions: Float[Tensor, "width width"]
    variance: Float[Tensor, " width"]
    inverse: Float[Tensor, "row width"]

    def step(self, gradient: Float[Tensor, "row width"], delta: Float[Tensor, "row width"]) -> Tensor:
        """Return the direction of steepest ascent of the penalised KL, measured by the curvature, of limited length."""
        step = (gradient + self.penalty * delta) @ self.directions * self.inverse
        moved = (step.square() @ self.variance).sqrt()
        return step * (_LONGEST_STEP / moved).clamp(max=1)[:, None] @ self.directions.T


def curvature(loss: Objective, covariance: Float[Tensor, "width width"], epsilon: float) -> Curvature:
    """Prepare Newton steps from dW = 0.

    Args:
        loss: the KL on the training positions.
        covariance: E[h h^T] of the base's hidden states there.
        epsilon: added to each token's mean P (1 - P): tokens that hardly occur are not moved far.
    """
    variance, directions = torch.linalg.eigh(covariance)
    variance = variance.clamp(min=0)
    start = torch.zeros_like(loss.base.weight)
    spread = torch.zeros(len(start), device=start.device)
    positions = torch.arange(len(loss.trace.token))
    for at in positions.split(_CHUNK):
        for probability in (loss.teacher(at), loss.student(at, start)):
            spread += (probability - probability.square()).sum(0) / (2 * len(positions))
    penalty = _PENALTY * variance.mean().item() / len(positions)
    # Curvature is not the same at all positions: the mean variance on top keeps a step from overshooting where it is
    # larger than on average.
    known = (spread + epsilon)[:, None] * (variance + variance.mean())
    return Curvature(penalty, directions, variance, 1 / (known + penalty))
