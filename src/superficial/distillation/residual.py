"""Trains dW by distillation: frozen hidden states of the base, the aligned model's distribution, their exact KL."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import AdamSettings, DistillationSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.objective import (
    ResidualObjective,
    build_training_objective,
    build_validation_objectives,
)
from superficial.distillation.solver import solve
from superficial.distillation.teacher import survey_teacher
from superficial.distillation.training_loop import Distilled, minimise
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace


def distil(
    pair: Pair,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Minimise the mean KL(P_a || softmax((W_b + dW) h_b)) over the positions of `train` (section 2.2).

    A bias of the base's head is not trained.

    Args:
        pair: both output heads, on the device to train on.
        train: the positions to train on.
        validation: positions of other prompts, which choose among all candidates for dW.
        settings: the method and its restrictions.
        seed: of the order of the positions.
        advance: called with 1 after each epoch of Adam, or once by the solver.

    Raises:
        ValueError: if there is no training position or no validation position.
    """
    for trace, use in ((train, "train on"), (validation, "validate on")):
        if not len(trace):
            raise ValueError(
                f"There is no position to {use}: give at least two prompts, one to train on and one to validate on."
            )
    if settings.adam is None:
        trained = solve(pair, train, validation, settings, seed)
        advance(1)
        return Distilled(trained.matrix.cpu(), trained.validation_kl)
    teacher, tokens = survey_teacher(pair.aligned, train, settings.teacher_support, settings.teacher_top)
    objective = build_training_objective(pair, tokens, train, teacher, pair.base)
    (held_out,) = build_validation_objectives(pair, tokens, validation, settings.teacher_support, [pair.base])
    start = torch.zeros_like(objective.pair.base.weight)
    if settings.adam.start == "random":
        start = linear_layer_start(pair.base.weight, seed)[tokens]
    trained = _by_adam(objective, held_out, start, settings.adam, seed, advance)
    delta = torch.zeros_like(pair.base.weight).index_copy(0, tokens, trained.matrix)
    return replace(trained, matrix=delta.cpu())


def linear_layer_start(weight: Float[Tensor, "vocab width"], seed: int) -> Float[Tensor, "vocab width"]:
    """Return the random values of a new `torch.nn.Linear` of this shape, uniform within 1 / sqrt(width) of 0."""
    bound = 1 / math.sqrt(weight.shape[1])
    values = torch.empty(weight.shape).uniform_(-bound, bound, generator=torch.Generator().manual_seed(seed))
    return values.to(weight)


def teacher_top_tokens(aligned: OutputHead, trace: Trace, count: int | None) -> Int[Tensor, " token"]:
    """Return the tokens that the teacher ranks among its first `count` at some position; None: every token."""
    if count is None:
        return torch.arange(len(aligned.weight))
    return survey_teacher(aligned, trace, None, count)[1].cpu()


@dataclass(frozen=True)
class _OfDelta:
    """The objective as a function of the trained rows of dW."""

    objective: ResidualObjective

    def __len__(self) -> int:
        return len(self.objective)

    def gradient(self, positions: Int[Tensor, " position"], delta: Float[Tensor, "row width"]) -> Tensor:
        hidden = self.objective.hidden(positions)
        logits = self.objective.pair.base.with_residual(delta).logits(hidden)
        return self.objective.difference(logits, positions).T @ (hidden / len(hidden))

    def mean_kl(self, delta: Float[Tensor, "row width"]) -> float:
        return self.objective.mean_kl(self.objective.pair.base.with_residual(delta).logits)


def _by_adam(
    train: ResidualObjective,
    validation: ResidualObjective,
    start: Float[Tensor, "row width"],
    settings: AdamSettings,
    seed: int,
    advance: Callable[[int], None],
) -> Distilled:
    step = adam_step(start, settings.learning_rate, settings.epsilon, None)
    length = (settings.epochs, settings.batch_size)
    return minimise(_OfDelta(train), _OfDelta(validation), start, step, *length, seed, advance, settings.keep)
