"""Trains W_trans of a black-box head: the student's logits are l_b + W_trans topk(l_b) (section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.training_loop import Distilled, batches_per_epoch, minimise
from superficial.heads.black_box import top_k
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace

_CHUNK = 2048
_STORED_BYTES = 2**28


@dataclass(frozen=True)
class BlackBoxObjective:
    """The mean KL(P_a || softmax(l_b + W_trans topk(l_b))) over a trace as a function of W_trans.

    `stored` has l_a, l_b and topk(l_b) of all positions, or is None if these are too large to store.
    """

    pair: Pair
    trace: Trace
    k: int
    stored: tuple[Float[Tensor, "position vocab"], ...] | None = None

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.trace)

    def logits(self, positions: Int[Tensor, " position"]) -> tuple[Float[Tensor, "position vocab"], ...]:
        """Return l_a, l_b and topk(l_b)."""
        if self.stored is not None:
            return tuple(part[positions] for part in self.stored)
        aligned = self.pair.aligned.logits(self.trace.aligned_hidden[positions])
        base = self.pair.base.logits(self.trace.base_hidden[positions])
        return aligned, base, top_k(base, self.k)

    def gradient(
        self, positions: Int[Tensor, " position"], weight: Float[Tensor, "vocab vocab"]
    ) -> Float[Tensor, "vocab vocab"]:
        """Return the gradient of the mean KL over some positions."""
        aligned, base, largest = self.logits(positions)
        return logit_gradient(aligned, base + largest @ weight.T).T @ largest

    def mean_kl(self, weight: Float[Tensor, "vocab vocab"]) -> float:
        """Return the mean KL over all positions, in nats."""
        total = 0.0
        for positions in torch.arange(len(self)).split(_CHUNK):
            aligned, base, largest = self.logits(positions)
            total += kl_divergence(aligned, base + largest @ weight.T).double().sum().item()
        return total / len(self)


def build_black_box_objective(pair: Pair, trace: Trace, k: int) -> BlackBoxObjective:
    """Return the objective over a trace; if the logits of all positions fit in memory, they are computed once."""
    objective = BlackBoxObjective(pair, trace, k)
    if 3 * len(trace) * pair.base.weight[:, 0].nbytes > _STORED_BYTES:
        return objective
    chunks = [objective.logits(positions) for positions in torch.arange(len(trace)).split(_CHUNK)]
    return BlackBoxObjective(pair, trace, k, tuple(torch.cat(parts) for parts in zip(*chunks, strict=True)))


def logit_gradient(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, "position vocab"]:
    """Return the gradient of the mean KL(P_a || P_student) in the student's logits, (P_student - P_a) / n."""
    return (student.softmax(-1) - teacher.softmax(-1)) / len(student)


def distil_black_box(
    pair: Pair,
    train: Trace,
    validation: Trace,
    k: int,
    settings: BlackBoxSettings,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Train W_trans (vocab, vocab) by Adam with a cosine schedule over the positions of `train`.

    Args:
        pair: both output heads, on the device to train on.
        train: the positions to train on.
        validation: positions of other prompts; the epoch with the lowest KL on them is returned.
        k: how many of the base's largest logits the head reads.
        settings: learning rate and length.
        seed: of the order of the positions.
        advance: called with 1 after each epoch.
    """
    weight = torch.zeros(pair.vocabulary_size, pair.vocabulary_size, device=pair.device)
    steps = settings.epochs * batches_per_epoch(len(train), settings.batch_size)
    trained = minimise(
        build_black_box_objective(pair, train, k),
        build_black_box_objective(pair, validation, k),
        weight,
        adam_step(weight, settings.learning_rate, settings.epsilon, steps),
        settings.epochs,
        settings.batch_size,
        seed,
        advance,
    )
    return Distilled(trained.matrix.cpu(), trained.validation_kl)
