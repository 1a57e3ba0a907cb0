"""Solves for dW: a linear map between both models' states, refined on the exact KL, averaged with single rows.

With a fine-tuned body the aligned model's states are nearly A h_b, so that W_a A is nearly the best student. Ridge
regression finds A. L-BFGS then improves M in the student's rows W_a M, which has far fewer numbers than dW and so
learns less noise; it also trains the rows themselves, which finds what no map of the states can express. The errors of
the two differ, and their average is better than either. Validation positions decide everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import DistillationSettings
from superficial.distillation.linear_map import linear_maps
from superficial.distillation.objective import (
    ResidualObjective,
    build_training_objective,
    build_validation_objective,
    mean_curvature,
)
from superficial.distillation.refinement import Best, loss_of_map, loss_of_rows, search
from superficial.distillation.teacher import Teacher
from superficial.distillation.training_loop import Distilled
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# The penalty on the distance from the start, as a multiple of the mean curvature there: a path of searches, each from
# the best point of the one before, until one brings no new best. Few positions stop early on it, many late.
_MAP_PENALTIES = (30.0, 3.0, 0.3, 0.0)
_ROW_PENALTIES = (10.0, 1.0, 0.1, 0.0)
# Where the map leaves less than this share of the base's KL, it explains everything, and rows have nothing to add.
_EXPLAINED = 1e-4
# A random share of many positions finds most of the map, at its share of the cost.
_MANY_POSITIONS = 2000
_FIRST_SHARE = 0.25
# Rows that are not trained follow the refined map only if this lowers the KL by at least this share: each time costs a
# pass over the whole vocabulary.
_SMALLEST_GAIN = 0.01
_MOST_MOVES = 5
# The weights of the rows that are tried in the average.
_WEIGHTS = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True)
class _Problem:
    """The two objectives, and what a head's trained rows become on them."""

    train: ResidualObjective
    validation: ResidualObjective

    def measure(self, rows: Float[Tensor, "row width"]) -> float:
        """Return the validation KL of a student with these rows."""
        return _measure(self.validation, rows)

    def measure_map(self, linear_map: Float[Tensor, "aligned_width width"]) -> float:
        """Return the validation KL of a student with the rows W_a M."""
        return self.measure(self.train.pair.aligned.weight @ linear_map)

    def refine_map(self, start: Float[Tensor, "aligned_width width"], seed: int) -> Best:
        """Refine M in the student's rows W_a M."""
        best = Best(self.measure_map, start)
        if len(self.train) > _MANY_POSITIONS:
            generator = torch.Generator().manual_seed(seed)
            drawn = torch.randperm(len(self.train), generator=generator)
            few = drawn[: round(_FIRST_SHARE * len(self.train))].sort().values
            search(loss_of_map(self.train.select(few)), _MAP_PENALTIES[:1], mean_curvature(self.train)[0], best)
        search(loss_of_map(self.train), _MAP_PENALTIES, mean_curvature(self.train)[0], best)
        return best

    def refine_rows(self, start: Float[Tensor, "row width"]) -> Best:
        """Refine the student's rows one by one."""
        best = Best(self.measure, start)
        search(loss_of_rows(self.train), _ROW_PENALTIES, mean_curvature(self.train)[1], best)
        return best


def solve(
    pair: Pair,
    tokens: Int[Tensor, " row"],
    teacher: Teacher,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    seed: int,
) -> Distilled:
    """Return dW, and the validation KL of the base and of each step of the way.

    Args:
        pair: both output heads.
        tokens: the tokens whose rows are trained, ascending.
        teacher: the teacher's constants on the training positions.
        train: the positions to train on.
        validation: positions of other prompts, which decide everything that is chosen.
        settings: the restrictions.
        seed: of the positions that are drawn.
    """
    full_rank = settings.rank is None or settings.rank >= pair.base.weight.shape[1]

    def held_out_with(untrained: OutputHead) -> ResidualObjective:
        return build_validation_objective(pair, tokens, validation, settings.teacher_support, untrained)

    held_out = held_out_with(pair.base)
    base_rows, aligned_rows = held_out.pair.base.weight, held_out.pair.aligned.weight
    history = [_measure(held_out, base_rows)]
    start = min(linear_maps(train, pair.device), key=lambda linear_map: _measure(held_out, aligned_rows @ linear_map))
    untrained, rows, by_map = pair.base, base_rows, None
    lowest = _measure(held_out, aligned_rows @ start)
    # Rows that are not trained keep the base's, or follow the map while this is a gain.
    restricted = full_rank and len(tokens) < pair.vocabulary_size
    for _ in range(_MOST_MOVES if restricted else 0):
        linear_map = start if by_map is None else by_map.point
        mapped = OutputHead(pair.aligned.weight @ linear_map, pair.base.bias)
        held_out_mapped = held_out_with(mapped)
        kl = _measure(held_out_mapped, aligned_rows @ linear_map)
        if kl > lowest - _SMALLEST_GAIN * abs(lowest):
            break
        untrained, held_out, rows = mapped, held_out_mapped, aligned_rows @ linear_map
        problem = _Problem(build_training_objective(pair, tokens, train, teacher, untrained), held_out)
        by_map = problem.refine_map(linear_map, seed)
        lowest = by_map.lowest
        history += by_map.kl
        if lowest <= _EXPLAINED * history[0]:
            break
    if by_map is None:
        problem = _Problem(build_training_objective(pair, tokens, train, teacher, untrained), held_out)
        by_map = problem.refine_map(start, seed)
        history += by_map.kl
    best = Best(problem.measure, aligned_rows @ by_map.point)
    if best.lowest > _EXPLAINED * history[0]:
        by_rows = problem.refine_rows(rows)
        for weight in _WEIGHTS:
            best.offer(torch.lerp(aligned_rows @ by_map.point, by_rows.point, weight))
        history += [*by_rows.kl, *best.kl]
    if settings.rank is not None and not full_rank:
        best = _low_rank(problem, base_rows, best.point, settings.rank)
        history = best.kl
    if best.lowest >= history[0]:
        return Distilled(torch.zeros_like(pair.base.weight), history)
    student = untrained.weight.index_copy(0, tokens, best.point)
    return Distilled(student - pair.base.weight, history)


def _measure(validation: ResidualObjective, rows: Float[Tensor, "row width"]) -> float:
    """Return the validation KL of a student with these rows."""
    return validation.mean_kl(OutputHead(rows, validation.pair.base.bias).logits)


def _low_rank(problem: _Problem, base_rows: Tensor, rows: Tensor, rank: int) -> Best:
    """Cut the change of rows to a rank where this changes the logits least, and refine its two factors."""
    objective = problem.train
    moments = sum(objective.hidden(chunk).T @ objective.hidden(chunk) for chunk in objective.chunks())
    assert isinstance(moments, Tensor), "there is at least one position"
    size, directions = torch.linalg.eigh(moments.double() / len(objective))
    root = size.clamp(min=1e-6 * size[-1].item()).sqrt()
    change = (rows - base_rows).double() @ (directions * root)
    strength, leading = torch.linalg.eigh(change.T @ change)
    leading, balance = leading[:, -rank:], strength[-rank:].clamp(min=max(1e-12 * strength[-1].item(), 1e-30)) ** 0.25
    left = (change @ leading / balance).float()
    right = ((leading * balance).T @ (directions / root).T).float()

    def rows_of(flat: Tensor) -> Tensor:
        return base_rows + flat[: left.numel()].view_as(left) @ flat[left.numel() :].view_as(right)

    function_of_rows = loss_of_rows(objective)

    def function(flat: Tensor) -> tuple[float, Tensor]:
        value, gradient = function_of_rows(rows_of(flat))
        of_left = gradient @ flat[left.numel() :].view_as(right).T
        of_right = flat[: left.numel()].view_as(left).T @ gradient
        return value, torch.cat([of_left.flatten(), of_right.flatten()])

    flat = torch.cat([left.flatten(), right.flatten()])
    best = Best(lambda point: problem.measure(rows_of(point)), torch.zeros_like(flat))
    best.offer(flat)
    search(function, (0.0,), 0.0, best)
    best.point = rows_of(best.point)
    return best
