"""Trains dW by distillation: frozen hidden states of the base, the aligned model's distribution, their exact KL."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import DistillationSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.basis import leading_directions, principal_directions, second_moments, whitening
from superficial.distillation.newton import curvature_at_base, newton_step
from superficial.distillation.objective import build_objective
from superficial.distillation.training_loop import Distilled, batches_per_epoch, minimise
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.sharded_rows import row_chunks
from superficial.traces.trace import Trace

_CHUNK = 4096
# Newton needs many steps, not exact steps: few positions are enough for the direction of each.
_NEWTON_STEPS_PER_EPOCH = 7


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
        validation: positions of other prompts; the epoch with the lowest KL on them is returned.
        settings: optimizer, length and restrictions.
        seed: of the order of the positions.
        advance: called with 1 after each epoch.
    """
    tokens = teacher_top_tokens(pair.aligned, train, settings.teacher_top)
    batch_size = settings.batch_size
    if settings.optimizer == "newton":
        batch_size = min(batch_size, math.ceil(len(train) / _NEWTON_STEPS_PER_EPOCH))
    steps = settings.epochs * batches_per_epoch(len(train), batch_size)
    # dW is D T^T, where D is trained on h T.
    basis, variance = _basis(pair, train, settings.optimizer)
    objective, validation_objective = (
        build_objective(pair, tokens, trace, settings.teacher_support, basis) for trace in (train, validation)
    )
    start = torch.zeros_like(objective.pair.base.weight)
    if variance is not None:
        curvature = curvature_at_base(objective, variance, settings.epsilon, pair.vocabulary_size)
        step = newton_step(start, curvature, settings.learning_rate, steps)
    else:
        directions = _initial_directions(pair.base.weight, train, basis, settings.rank)
        schedule_steps = steps if settings.optimizer == "adam-cosine" else None
        step = adam_step(start, settings.learning_rate, settings.epsilon, schedule_steps, directions)
    trained = minimise(objective, validation_objective, start, step, settings.epochs, batch_size, seed, advance)
    rows = trained.matrix if basis is None else trained.matrix @ basis.T
    delta = torch.zeros_like(pair.base.weight).index_copy(0, tokens.to(pair.device), rows)
    return Distilled(delta.cpu(), trained.validation_kl)


def teacher_top_tokens(aligned: OutputHead, trace: Trace, count: int | None) -> Int[Tensor, " token"]:
    """Return the tokens that the teacher ranks among its first `count` at some position; None: every token."""
    vocabulary = len(aligned.weight)
    if count is None or count >= vocabulary:
        return torch.arange(vocabulary)
    is_top = torch.zeros(vocabulary, dtype=torch.bool)
    for hidden in row_chunks(trace.aligned_hidden, _CHUNK):
        is_top[aligned.logits(hidden).topk(count).indices.flatten().cpu()] = True
    return is_top.nonzero().squeeze(1)


def _basis(pair: Pair, train: Trace, optimizer: str) -> tuple[Tensor | None, Tensor | None]:
    """Return the basis in which an optimizer trains, and for "newton" the variance of hidden states in it."""
    if optimizer == "adam":
        return None, None
    covariance = second_moments(train.base_hidden, pair.base.weight) / len(train)
    if optimizer == "newton":
        variance, directions = principal_directions(covariance)
        return directions, variance
    return whitening(covariance), None


def _initial_directions(
    weight: Float[Tensor, "vocab width"], train: Trace, basis: Tensor | None, rank: int | None
) -> Float[Tensor, "rank width"] | None:
    """Return the directions in which a dW of low rank begins; None: it is of full rank."""
    if rank is None or rank >= weight.shape[1]:
        return None
    return leading_directions(second_moments(train.base_hidden, weight, basis), rank)
