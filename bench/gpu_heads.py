"""Trains heads on a GPU as profile paper does, on random hidden states, and counts the operations of their products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from bench import card
from superficial.config import Profile
from superficial.distillation.heads import train_black_box_heads, train_residual_head
from superficial.heads.black_box import BlackBoxHead
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# The k of the black-box heads, those of the paper's figures; and the share of positions that choose the epoch.
_K, _VALIDATION = 500, 0.05
# A residual head takes about a hundred passes; this many positions show their rate.
_RESIDUAL_POSITIONS = 2**16


@dataclass(frozen=True)
class Measured:
    """A head that was trained: on how many positions, and the operations of all matrix products, which were counted."""

    what: str
    positions: int
    seconds: float
    peak_gigabytes: float | None
    operations: float


def residual(profile: Profile, trace: Trace, base: OutputHead, device: torch.device) -> Measured:
    """Train a residual head, every row of it, on a trace."""
    settings = profile.distillation.with_changes(teacher_top=None, seeds=[1])
    base = base.to(device)
    pair = Pair(base, _like_a_model(base.weight + 0.01 * torch.randn_like(base.weight)))
    train, validation = _split(trace.select(slice(_RESIDUAL_POSITIONS)))
    what = f"distillation, residual head, V = {pair.vocabulary_size}"
    return _measured(
        what, device, len(train), lambda: train_residual_head(pair, train, validation, settings, settings.seeds)
    )


def black_box(profile: Profile, vocabulary: int, width: int, positions: int, device: torch.device) -> Measured:
    """Train a black-box head over a vocabulary, on random hidden states of a pair whose output heads differ."""
    settings = profile.black_box_distillation
    weight = 0.05 * torch.randn(vocabulary, width, device=device)
    pair = Pair(_like_a_model(weight), _like_a_model(weight + 0.3 * weight.roll(1, 0)))
    numbers = torch.arange(positions)
    states = torch.randn(positions, width, device=device).bfloat16()
    train, validation = _split(Trace(numbers, numbers, numbers, states, states))
    k = min(_K, vocabulary)
    heads: list[BlackBoxHead] = []
    measured = _measured(
        "",
        device,
        len(train),
        lambda: heads.extend(train_black_box_heads(pair, train, validation, settings, [k], settings.seed)),
    )
    rows, columns = heads[0].weight.shape
    what = f"distillation, black-box head, V = {vocabulary}, k = {k}, {rows} x {columns} entries"
    return replace(measured, what=what)


def _measured(what: str, device: torch.device, positions: int, train: Callable[[], object]) -> Measured:
    with FlopCounterMode(display=False) as counter:
        taken, peak, _ = card.timed(device, train)
    return Measured(what, positions, taken, peak, float(counter.get_total_flops()))


def _like_a_model(weight: Tensor) -> OutputHead:
    """Return an output head whose weights are those of a checkpoint in bfloat16."""
    return OutputHead(weight.bfloat16().float())


def _split(trace: Trace) -> tuple[Trace, Trace]:
    validation = max(1, int(_VALIDATION * len(trace)))
    return trace.select(slice(validation, None)), trace.select(slice(validation))
