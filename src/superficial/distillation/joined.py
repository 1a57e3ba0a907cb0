"""Trains W_trans of a black-box head by the mean KL over the traces of one pair, or of several pairs together.

Pairs share the vocabulary, and so W_trans; each has its own bases, output heads and hidden states.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.black_box import BlackBoxObjective, build_black_box_objective
from superficial.distillation.training_loop import Distilled, batches_per_epoch, minimise
from superficial.heads.restriction import Restriction
from superficial.traces.output_head import Pair
from superficial.traces.splits import read_split
from superficial.traces.trace import Trace, to_gpu_if_it_fits


@dataclass(frozen=True)
class Lesson:
    """What one pair teaches: both output heads, the positions to train on, and positions of other prompts."""

    pair: Pair
    train: Trace
    validation: Trace

    def on_gpu_if_it_fits(self) -> Lesson:
        """Return the lesson with its states where its output heads are, if they fit there."""
        train, validation = (to_gpu_if_it_fits(trace, self.pair.device) for trace in (self.train, self.validation))
        return Lesson(self.pair, train, validation)


def read_lesson(traces: Path, benchmarks: Collection[str], device: torch.device | str) -> Lesson:
    """Return what the traces of a pair teach on the questions of some benchmarks.

    Raises:
        ValueError: if a file is damaged, or there is no such question.
    """
    pair = Pair.read(traces / "weights.safetensors").to(device)
    return Lesson(pair, *(read_split(traces, split, benchmarks) for split in ("train", "validation")))


@dataclass(frozen=True)
class JoinedObjective:
    """The mean KL over the positions of several traces, numbered one trace after the other.

    All parts have the same rows and columns of W_trans.
    """

    parts: Sequence[BlackBoxObjective]

    def __len__(self) -> int:
        """Return the number of positions of all traces."""
        return sum(map(len, self.parts))

    def gradient(
        self, positions: Int[Tensor, " position"], weight: Float[Tensor, "row column"]
    ) -> Float[Tensor, "row column"]:
        """Return the gradient of the mean KL over some positions."""
        gradient = torch.zeros_like(weight)
        for part, own in self._by_part(positions):
            gradient += len(own) / len(positions) * part.gradient(own, weight)
        return gradient

    def mean_kl(self, weight: Float[Tensor, "row column"]) -> float:
        """Return the mean KL over all positions, in nats."""
        return sum(part.total_kl(weight) for part in self.parts) / len(self)

    def _by_part(
        self, positions: Int[Tensor, " position"]
    ) -> Iterator[tuple[BlackBoxObjective, Int[Tensor, " position"]]]:
        """Yield each part that some of the positions belong to, with their numbers in its trace."""
        begin = 0
        for part in self.parts:
            own = positions[(positions >= begin) & (positions < begin + len(part))] - begin
            begin += len(part)
            if len(own):
                yield part, own


def distil_black_box(
    lessons: Sequence[Lesson],
    k: int,
    settings: BlackBoxSettings,
    restriction: Restriction,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Train rows and columns of W_trans by Adam with a cosine schedule over the training positions of all lessons.

    Args:
        lessons: of every pair; the epoch with the lowest KL on all validation positions is returned.
        k: how many of the base's largest logits the head reads.
        settings: learning rate and length.
        restriction: the rows and columns, see `occurring_tokens`.
        seed: of the order of the positions.
        advance: called with 1 after each epoch.
    """
    device = lessons[0].pair.device
    restriction = restriction.to(device)
    train, validation = (
        JoinedObjective([build_black_box_objective(pair, trace, k, restriction) for pair, trace in traces])
        for traces in (
            [(lesson.pair, lesson.train) for lesson in lessons],
            [(lesson.pair, lesson.validation) for lesson in lessons],
        )
    )
    weight = torch.zeros(len(restriction.rows), len(restriction.columns), device=device)
    steps = settings.epochs * batches_per_epoch(len(train), settings.batch_size)
    trained = minimise(
        train,
        validation,
        weight,
        adam_step(weight, settings.learning_rate, settings.epsilon, steps),
        settings.epochs,
        settings.batch_size,
        seed,
        advance,
    )
    return replace(trained, matrix=trained.matrix.cpu())
