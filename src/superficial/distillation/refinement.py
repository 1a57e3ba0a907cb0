"""Searches for a student of a lower KL, by a linear map of the states or by its rows, along a path of penalties."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from superficial.distillation.lbfgs import Function, minimise_lbfgs
from superficial.distillation.objective import ResidualObjective
from superficial.traces.output_head import OutputHead

# Checks of the validation KL in each search at most; a search ends after two that bring it no lower KL, by a share.
_CHECKS = 25
_PATIENCE = 2
_SMALLEST_GAIN = 0.002
# The first step of a search, as a share of the matrix that it starts at.
_FIRST_STEP = 1e-2


class Best:
    """The point with the lowest validation KL so far, and the KL of all that were offered.

    Attributes:
        point: what the search moves: a linear map, rows, or factors.
        kl: in nats, of the first point and of each that was offered.
    """

    def __init__(self, measure: Callable[[Tensor], float], point: Tensor) -> None:
        self._measure = measure
        self.point, self.kl = point, [measure(point)]

    @property
    def lowest(self) -> float:
        """Return the KL of the best point."""
        return min(self.kl)

    def offer(self, point: Tensor) -> float:
        """Keep a point if it is the best so far; return its KL."""
        kl = self._measure(point)
        if kl < self.lowest:
            self.point = point
        self.kl.append(kl)
        return kl


def loss_of_map(objective: ResidualObjective) -> Function:
    """Return the mean KL of a student with the rows W_a M as a function of M, with its gradient."""
    rows = objective.pair.aligned.weight

    def function(linear_map: Tensor) -> tuple[float, Tensor]:
        loss, gradient = 0.0, torch.zeros_like(linear_map)
        for chunk in objective.chunks():
            hidden = objective.hidden(chunk)
            logits = OutputHead(rows, objective.pair.base.bias).logits(hidden @ linear_map.T)
            chunk_loss, difference = objective.loss_and_difference(logits, chunk)
            loss += chunk_loss
            gradient.addmm_((difference @ rows).T, hidden)
        return loss / len(objective), gradient.div_(len(objective))

    return function


def loss_of_rows(objective: ResidualObjective) -> Function:
    """Return the mean KL of a student as a function of its trained rows, with its gradient."""

    def function(rows: Tensor) -> tuple[float, Tensor]:
        loss, gradient = 0.0, torch.zeros_like(rows)
        for chunk in objective.chunks():
            hidden = objective.hidden(chunk)
            logits = OutputHead(rows, objective.pair.base.bias).logits(hidden)
            chunk_loss, difference = objective.loss_and_difference(logits, chunk)
            loss += chunk_loss
            gradient.addmm_(difference.T, hidden)
        return loss / len(objective), gradient.div_(len(objective))

    return function


def search(function: Function, penalties: tuple[float, ...], curvature: float, best: Best) -> None:
    """Minimise along a path of penalties on the distance from the best point at the start."""
    origin = best.point
    first_step = _FIRST_STEP * origin.norm().item()
    for penalty in penalties:
        before, weight = best.lowest, penalty * curvature
        without_gain, lowest = 0, float("inf")

        def penalised(point: Tensor, weight: float = weight) -> tuple[float, Tensor]:
            value, gradient = function(point)
            distance = point - origin
            return value + weight / 2 * distance.square().sum().item(), gradient.add_(distance, alpha=weight)

        def check(point: Tensor) -> bool:
            nonlocal without_gain, lowest
            kl = best.offer(point)
            is_gain = kl < lowest - _SMALLEST_GAIN * abs(kl)
            without_gain, lowest = (0, kl) if is_gain else (without_gain + 1, lowest)
            return without_gain == _PATIENCE

        minimise_lbfgs(penalised, best.point, first_step, _CHECKS, check)
        if best.lowest >= before:
            return
