"""Trains heads on a GPU as profile paper does, on random hidden states, and counts the operations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from bench import card
from superficial.config import Profile
from superficial.distillation.heads import train_black_box_heads, train_residual_head
from superficial.planning.heads import MOVES_A_STEP
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# The k of the black-box heads, those of the paper's figures; and the share of positions that choose the epoch.
_K, _VALIDATION = 500, 0.05


@dataclass(frozen=True)
class Measured:
    """A head that was trained: positions of all epochs, operations, and bytes that the optimizer moves."""

    what: str
    positions: int
    seconds: float
    peak_gigabytes: float | None
    operations: float
    moved_bytes: float


def residual(profile: Profile, trace: Trace, base: OutputHead, device: torch.device) -> Measured:
    """Train a residual head, every row of it, on a trace."""
    settings = profile.distillation.with_changes(teacher_top=None, seeds=[1])
    base = base.to(device)
    pair = Pair(base, _like_a_model(base.weight + 0.01 * torch.randn_like(base.weight)))
    train, validation = _split(trace)
    taken, peak, _ = card.timed(device, lambda: train_residual_head(pair, train, validation, settings, settings.seeds))
    vocabulary, width = base.weight.shape
    product, epochs = 2.0 * vocabulary * width, settings.epochs
    # Every epoch: student, gradient, teacher and whitened states. Once: both models' logits, and the covariance.
    training = len(train) * (epochs * (3 * product + 2.0 * width**2) + 2 * product + 2.0 * width**2)
    validating = len(validation) * ((epochs + 1) * (2 * product + 2.0 * width**2) + 2 * product)
    moved = MOVES_A_STEP * 4.0 * vocabulary * width * epochs * len(train) / settings.batch_size
    what = f"distillation, residual head, V = {vocabulary}"
    return Measured(what, epochs * len(train), taken, peak, training + validating, moved)


def black_box(profile: Profile, vocabulary: int, width: int, positions: int, device: torch.device) -> Measured:
    """Train a black-box head over a vocabulary, on random hidden states of a pair whose output heads differ."""
    settings = profile.black_box_distillation
    weight = 0.05 * torch.randn(vocabulary, width, device=device)
    pair = Pair(_like_a_model(weight), _like_a_model(weight + 0.3 * weight.roll(1, 0)))
    numbers = torch.arange(positions)
    states = torch.randn(positions, width, device=device).bfloat16()
    train, validation = _split(Trace(numbers, numbers, numbers, states, states))
    k = min(_K, vocabulary)
    taken, peak, (head,) = card.timed(
        device, lambda: train_black_box_heads(pair, train, validation, settings, [k], settings.seed)
    )
    logits, student = 4.0 * vocabulary * width, 2.0 * head.weight.numel()
    # Every epoch: both models' logits, student and gradient. Once: the teacher's and both models' logits.
    training = len(train) * (settings.epochs * (logits + 2 * student) + 1.5 * logits)
    validating = len(validation) * (settings.epochs + 1) * (logits + student)
    moved = MOVES_A_STEP * float(head.weight.nbytes) * settings.epochs * len(train) / settings.batch_size
    rows, columns = head.weight.shape
    what = f"distillation, black-box head, V = {vocabulary}, k = {k}, {rows} x {columns} entries"
    return Measured(what, settings.epochs * len(train), taken, peak, training + validating, moved)


def _like_a_model(weight: Tensor) -> OutputHead:
    """Return an output head whose weights are those of a checkpoint in bfloat16."""
    return OutputHead(weight.bfloat16().float())


def _split(trace: Trace) -> tuple[Trace, Trace]:
    validation = max(1, int(_VALIDATION * len(trace)))
    return trace.select(slice(validation, None)), trace.select(slice(validation))
