"""An approximate Newton step for dW: the KL's curvature as one number a token times one matrix for all tokens.

The Hessian of the mean KL is E[(diag P_s - P_s P_s^T) (x) h h^T]. Its diagonal block of a token is taken as the mean
P (1 - P) of this token, under teacher and base, times the covariance of the hidden states.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.distillation.objective import Objective
from superficial.traces.rows import slices

_CHUNK = 4096
# Times the mean variance of a hidden state, over the positions and the vocabulary, as a token's curvature is of the
# order 1 / V: the penalty on the square of dW. What no position determines stays near the base, and few positions need
# no early stop.
_PENALTY = 2000.0
# In nats, root mean square over the positions: how far one step may move a token's logit. Far from dW = 0 the
# curvature is another one: unlimited, a few hundred positions end worse than they began.
_LONGEST_STEP = 1.0


@dataclass(frozen=True)
class Curvature:
    """The penalty lambda on |dW|^2 / 2, the states' variance by direction, and one over the curvature."""

    penalty: float
    variance: Float[Tensor, " width"]
    inverse: Float[Tensor, "row width"]

    def step(self, gradient: Float[Tensor, "row width"], delta: Float[Tensor, "row width"]) -> Tensor:
        """Return the direction of steepest ascent of the penalised KL, measured by the curvature, of limited length.

        Overwrites `gradient`.
        """
        step = gradient.add_(delta, alpha=self.penalty).mul_(self.inverse)
        moved = (step.square() @ self.variance).sqrt()
        return step.mul_((_LONGEST_STEP / moved).clamp(max=1)[:, None])


def curvature(loss: Objective, variance: Float[Tensor, " width"], epsilon: float, vocabulary: int) -> Curvature:
    """Prepare Newton steps from dW = 0.

    Args:
        loss: the KL on the training positions, learned through the eigenvectors of E[h h^T], the base's hidden states.
        variance: the eigenvalues.
        epsilon: over V, added to each token's mean P (1 - P): tokens that hardly occur are not moved far.
        vocabulary: V, of all tokens, learned or not.
    """
    start = torch.zeros_like(loss.base.weight)
    spread = torch.zeros(len(start), device=start.device)
    positions = len(loss.trace.token)
    for at in slices(positions, _CHUNK):
        for probability in (loss.teacher(at), loss.student(loss.hidden(at), at, start)):
            spread += (probability.sum(0) - probability.square().sum(0)) / (2 * positions)
    penalty = _PENALTY * variance.mean().item() / (vocabulary * positions)
    # Curvature is not the same at all positions: the mean variance on top keeps a step from overshooting where it is
    # larger than on average.
    known = (spread + epsilon / vocabulary)[:, None] * (variance + variance.mean())
    return Curvature(penalty, variance, 1 / (known + penalty))
