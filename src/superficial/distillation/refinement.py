"""Lowers the exact KL of a student by its rows, or by factors of their change."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.distillation.averaged_adam import Gradient
from superficial.distillation.best import Best, Patience
from superficial.distillation.lbfgs import Function, minimise_lbfgs
from superficial.distillation.objective import ResidualObjective
from superficial.traces.output_head import OutputHead

# Checks of the validation KL in each search at most.
_CHECKS = 25
# A search ends after two checks in a row that bring no KL lower by this share.
_SMALLEST_GAIN, _CHECKS_WITHOUT_GAIN = 0.005, 2
# The first step of a search, as a share of the matrix that it starts at.
_FIRST_STEP = 1e-2


def gradient_of_rows(objective: ResidualObjective) -> Gradient:
    """Return the gradient of the mean KL of a student in its trained rows."""

    def gradient(positions: Int[Tensor, " position"], rows: Tensor) -> Tensor:
        hidden = objective.hidden(positions)
        logits = OutputHead(rows, objective.pair.base.bias).logits(hidden)
        return objective.difference(logits, positions).T @ (hidden / len(hidden))

    return gradient


def loss_of_rows(objective: ResidualObjective) -> Function:
    """Return the mean KL of a student over all positions as a function of its trained rows, with its gradient."""

    def function(rows: Float[Tensor, "row width"]) -> tuple[float, Tensor]:
        loss, gradient = 0.0, torch.zeros_like(rows)
        for chunk in objective.chunks():
            hidden = objective.hidden(chunk)
            logits = OutputHead(rows, objective.pair.base.bias).logits(hidden)
            chunk_loss, difference = objective.loss_and_difference(logits, chunk)
            loss += chunk_loss
            gradient.addmm_(difference.T, hidden)
        return loss / len(objective), gradient.div_(len(objective))

    return function


def search_by_all(function: Function, start: Tensor, best: Best) -> None:
    """Lower a function of all positions by L-BFGS, until validation shows no gain.

    Args:
        function: of a point.
        start: where to begin, even where the best point so far is better: at a change of 0 there is no slope.
        best: measures the points, and keeps the best.
    """
    patience = Patience(_SMALLEST_GAIN, _CHECKS_WITHOUT_GAIN)
    first_step = _FIRST_STEP * start.norm().item()
    minimise_lbfgs(function, start, first_step, _CHECKS, lambda point: patience.is_over(best.offer(point)))
