"""Superficial knowledge in logit space (section 3.1): l_a - l_b is modelled as W_trans topk(l_b).

It needs no hidden states, so it can be applied to any model with the same vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.distillation.residual import DistillationSettings, Distilled, kl_divergence, logit_gradient
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace

_CHUNK = 2048
_KEPT_BYTES = 2**28


def top_k(logits: Float[Tensor, "position vocab"], k: int) -> Float[Tensor, "position vocab"]:
    """Keep the k largest logits of each row and set the others to 0, as the paper does.

    Logits are only defined up to a constant, and what 0 means depends on it. Our convention: logits above the largest
    that is not kept (where all are, the smallest), so that no masked token stands above a kept one, a token that
    enters the k largest does so from 0, and adding a constant changes nothing.
    A token that is ruled out (-inf) is never kept.

    Raises:
        ValueError: where k is not between 1 and the size of the vocabulary.
    """
    vocabulary = logits.shape[-1]
    if not 1 <= k <= vocabulary:
        raise ValueError(f"k is {k}; it must be between 1 and the {vocabulary} tokens of the vocabulary.")
    first = logits.topk(min(k + 1, vocabulary), dim=-1).values
    zero = first.masked_fill(first.isneginf(), math.inf).amin(-1, keepdim=True)
    return (logits - zero).clamp(min=0)


def add_knowledge(
    logits: Float[Tensor, "position vocab"], weight: Float[Tensor, "vocab vocab"], k: int, alpha: float = 1.0
) -> Float[Tensor, "position vocab"]:
    """Return l_b + alpha W_trans topk(l_b)."""
    return logits + alpha * top_k(logits, k) @ weight.T


@dataclass(frozen=True)
class Use:
    """How near the aligned model a head brings a base.

    The mean KL in nats; the share of equal top-1 tokens; the share of responses in which all are equal: those that
    greedy decoding repeats.
    """

    kl: float
    accuracy: float
    repeated: float


# Of positions: l_a, l_b and topk(l_b).
Rows = Callable[[Int[Tensor, " position"]], tuple[Tensor, ...]]


def _rows(base: OutputHead, aligned: OutputHead, trace: Trace, k: int) -> Rows:
    """Return what gives the rows of a trace's positions; where all together are small enough, computed once."""

    def compute(at: Int[Tensor, " position"]) -> tuple[Tensor, ...]:
        teacher, logits = aligned.logits(trace.aligned_hidden[at]), base.logits(trace.base_hidden[at])
        return teacher, logits, top_k(logits, k)

    positions = torch.arange(len(trace.token))
    if 3 * len(positions) * base.weight[:, 0].nbytes > _KEPT_BYTES:
        return compute
    kept = [torch.cat(parts) for parts in zip(*map(compute, positions.split(_CHUNK)), strict=True)]
    return lambda at: tuple(part[at] for part in kept)


@torch.no_grad()
def quality_of_use(
    base: OutputHead, aligned: OutputHead, trace: Trace, weight: Float[Tensor, "vocab vocab"], k: int
) -> Use:
    """Return how near l_b + W_trans topk(l_b) is to the aligned model's distribution over a trace's positions.

    The base may be another one than the head was learned on; the two must share the vocabulary.
    """
    return _use(_rows(base, aligned, trace, k), trace.prompt, weight)


def _use(rows: Rows, prompt: Int[Tensor, " position"], weight: Float[Tensor, "vocab vocab"]) -> Use:
    kl, right = 0.0, []
    for at in torch.arange(len(prompt)).split(_CHUNK):
        teacher, logits, kept = rows(at)
        student = logits + kept @ weight.T
        kl += kl_divergence(teacher, student).double().sum().item()
        right.append((student.argmax(-1) == teacher.argmax(-1)).cpu())
    equal = torch.cat(right)
    broken = len(prompt[~equal].unique()) / len(prompt.unique())
    return Use(kl / len(prompt), int(equal.sum()) / len(prompt), 1 - broken)


def distil_logit_head(
    base: OutputHead,
    aligned: OutputHead,
    train: Trace,
    validation: Trace,
    k: int,
    settings: DistillationSettings,
    advance: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Minimise the mean KL(P_a || softmax(l_b + W_trans topk(l_b))) over the positions of `train`, as `distil` does.

    Returns:
        W_trans (vocab, vocab) of the epoch with the lowest KL on `validation`, in the field `delta`.
    """
    vocabulary = len(base.weight)
    generator = torch.Generator().manual_seed(settings.seed)
    weight = torch.zeros(vocabulary, vocabulary, device=base.weight.device)
    optimizer = torch.optim.Adam([weight], lr=settings.learning_rate, eps=settings.epsilon, fused=weight.is_cuda)
    batches = -(-len(train.token) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs * batches)

    rows, check = (_rows(base, aligned, trace, k) for trace in (train, validation))
    history, best = [_use(check, validation.prompt, weight).kl], weight.clone()
    for _ in range(settings.epochs):
        for at in torch.randperm(len(train.token), generator=generator).split(settings.batch_size):
            teacher, logits, kept = rows(at)
            weight.grad = logit_gradient(teacher, logits + kept @ weight.T).T @ kept
            optimizer.step()
            schedule.step()
        history.append(_use(check, validation.prompt, weight).kl)
        if history[-1] == min(history):
            best = weight.clone()
        advance(1)
    return Distilled(best.cpu(), history)
