"""The epochs that all optimizers share: steps over shuffled batches, and the best epoch by validation KL."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

# From the gradient at a matrix, and the matrix, to the next matrix. May overwrite both.
Step = Callable[[Float[Tensor, "row column"], Float[Tensor, "row column"]], Float[Tensor, "row column"]]


class Objective(Protocol):
    """The mean KL(P_a || P_student) over some positions as a function of the matrix that is trained."""

    def __len__(self) -> int:
        """Return the number of positions."""
        ...

    def gradient(
        self, positions: Int[Tensor, " position"], matrix: Float[Tensor, "row column"]
    ) -> Float[Tensor, "row column"]:
        """Return the gradient of the mean KL over some of the positions."""
        ...

    def mean_kl(self, matrix: Float[Tensor, "row column"]) -> float:
        """Return the mean KL over all positions, in nats."""
        ...


@dataclass(frozen=True)
class Distilled:
    """The trained matrix (dW or W_trans), the best or the last by `keep`, and the validation KL of all candidates.

    `validation_kl` is in nats: before training, then after each epoch of Adam, or of each candidate of the solver, see
    `distillation.solver.solve`. `kept_kl` is that of the matrix.
    """

    matrix: Float[Tensor, "row column"]
    validation_kl: list[float]
    keep: Literal["best", "last"] = "best"

    @property
    def kept_kl(self) -> float:
        """Return the validation KL of the matrix, in nats."""
        return self.validation_kl[-1] if self.keep == "last" else min(self.validation_kl)


def batches_per_epoch(positions: int, batch_size: int) -> int:
    """Return how many steps an epoch takes."""
    return math.ceil(positions / batch_size)


def minimise(
    train: Objective,
    validation: Objective,
    start: Float[Tensor, "row column"],
    step: Step,
    epochs: int,
    batch_size: int,
    seed: int,
    advance: Callable[[int], None],
    keep: Literal["best", "last"] = "best",
) -> Distilled:
    """Take the steps of an optimizer over shuffled batches of positions.

    Args:
        train: the objective to minimise.
        validation: the objective that chooses the epoch.
        start: the matrix to start from.
        step: one step of the optimizer.
        epochs: passes over the training positions.
        batch_size: positions per step.
        seed: of the order of the positions.
        advance: called with 1 after each epoch.
        keep: the matrix of which epoch is returned: of the best by validation KL, or of the last.
    """
    generator = torch.Generator().manual_seed(seed)
    matrix = start
    best, history = matrix.clone(), [validation.mean_kl(matrix)]
    for _ in range(epochs):
        for positions in torch.randperm(len(train), generator=generator).split(batch_size):
            matrix = step(train.gradient(positions, matrix), matrix)
        history.append(validation.mean_kl(matrix))
        if keep == "best" and history[-1] == min(history):
            best = matrix.clone()
        advance(1)
    return Distilled(matrix if keep == "last" else best, history, keep)
