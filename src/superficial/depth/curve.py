"""The depth curve: for each graft a fresh head, and how far its student still is from the aligned model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import Tensor

from superficial.config.depth import Graft, Side
from superficial.config.distillation import Distillation
from superficial.config.types import Split
from superficial.depth.graft import check_alike, differing, grafted, taken
from superficial.depth.parts import Parts
from superficial.depth_points import ALL_BUT_EMBEDDINGS, EVERYTHING, point_name
from superficial.distillation.heads import train_residual_head
from superficial.heads.residual import ResidualHead
from superficial.models.batches import DEFAULT_BATCH
from superficial.traces.output_head import Pair
from superficial.traces.positions import StudentLogits, measure_positions
from superficial.traces.splits import training_split
from superficial.traces.trace import Trace
from superficial.traces.tracing import retrace_base

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Point:
    """A point of the curve. `has_fresh_head`: its head is distilled; otherwise it is the aligned model's own head."""

    name: str
    graft: Graft
    has_fresh_head: bool = True


def points(side: Side, count: int, blocks: Collection[int] | None = None) -> list[Point]:
    """Return the points of a side, the fewest parts first.

    The curve from the top begins with the head alone, the method of the paper, and ends with the aligned model. That
    from the bottom lacks these ends: they are the same.

    Args:
        side: where blocks are taken from.
        count: how many blocks the models have.
        blocks: the numbers of blocks that have a point; None: every number.
    """
    numbers = [m for m in range(count + 1) if blocks is None or m in blocks]
    if side == "bottom":
        return [Point(point_name(side, m), Graft(blocks=m, side=side)) for m in numbers if 0 < m < count]
    return [
        *(Point(point_name(side, m), Graft(blocks=m)) for m in numbers),
        Point(ALL_BUT_EMBEDDINGS, Graft(blocks=count, norm=True)),
        Point(EVERYTHING, Graft(blocks=count, norm=True, embeddings=True), has_fresh_head=False),
    ]


@dataclass(frozen=True, eq=False)
class DepthPair:
    """Two models between which parts are exchanged.

    Attributes:
        base: the base.
        aligned: the aligned model.
        parts: of both.
        differing: the parts whose weights differ.
        same_prompts: whether both read a question in the same format.
    """

    base: PreTrainedModel
    aligned: PreTrainedModel
    parts: Parts
    differing: frozenset[str]
    same_prompts: bool

    @classmethod
    def of(cls, base: PreTrainedModel, aligned: PreTrainedModel, same_prompts: bool) -> DepthPair:
        """Return the pair.

        Raises:
            ValueError: if the two are unlike, see `check_alike`.
        """
        parts = check_alike(base, aligned)
        return cls(base, aligned, parts, differing(base, aligned, parts), same_prompts)

    def changed_by(self, graft: Graft) -> frozenset[str]:
        """Return the parts that a graft changes; grafts that change the same ones are the same model."""
        return self.differing & set(taken(self.parts, graft))


def reread(models: DepthPair, point: Point, prompts: list[list[int]], trace: Trace, batch_size: int) -> Trace:
    """Return a trace in which the graft of a point has read the same responses in the place of the base.

    Args:
        models: both models.
        point: the point.
        prompts: token ids of all prompts as the base reads them; the numbers in the trace are their indices.
        trace: the responses, read by base and aligned model.
        batch_size: texts per batch.
    """
    if not models.changed_by(point.graft):
        return trace
    if models.same_prompts and not point.has_fresh_head:
        return replace(trace, base_hidden=trace.aligned_hidden)
    with grafted(models.base, models.aligned, point.graft, models.parts) as model:
        (again,) = retrace_base([trace], model, prompts, batch_size)
    return again


def learn_and_measure(
    models: DepthPair,
    pair: Pair,
    point: Point,
    prompts: Mapping[Split, list[list[int]]],
    traced: Mapping[Split, Trace],
    settings: Distillation,
) -> tuple[ResidualHead | None, dict[str, Tensor]]:
    """Distil the fresh head of a point, as the paper's is distilled, and measure its student on test questions.

    Args:
        models: both models.
        pair: their output heads.
        point: the point.
        prompts: token ids of the prompts of each split, as the base reads them.
        traced: the responses of each split: train, validation, test.
        settings: how heads are distilled.

    Returns:
        the head, None for the aligned model's own; and what `measure_positions` returns.
    """
    read = {split: reread(models, point, prompts[split], trace, DEFAULT_BATCH) for split, trace in traced.items()}
    head = None
    if point.has_fresh_head:
        seed = settings.seeds[0]
        parts = training_split(read["train"], read["validation"], settings.prompts, settings.split, seed)
        head = train_residual_head(pair, *parts, settings, [seed])
    return head, measure_positions(pair, student_logits(pair, head), read["test"])


def student_logits(pair: Pair, head: ResidualHead | None) -> StudentLogits:
    """Return the student's logits with a fresh head, or with the aligned model's own (None)."""
    if head is None:
        return lambda hidden, _: pair.aligned.logits(hidden)
    return head.to(pair.device).student_logits
