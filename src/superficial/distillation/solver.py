"""Solves for dW: a linear map between both models' states, refined on the exact KL, averaged with single rows.

With a fine-tuned body the aligned model's states are nearly A h_b, so that W_a A is nearly the best student. Ridge
regression finds A. Adam then improves M in the student's rows W_a M, which has far fewer numbers than dW and so
learns less noise; it also trains the rows themselves, which finds what no map of the states can express. The errors of
the two differ, and their average is better than either. Validation positions decide everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import DistillationSettings
from superficial.distillation.averaged_adam import Gradient, search_by_batches
from superficial.distillation.best import Best
from superficial.distillation.likely_tokens import likely_tokens
from superficial.distillation.linear_map import linear_maps
from superficial.distillation.objective import (
    ResidualObjective,
    build_training_objective,
    build_validation_objective,
)
from superficial.distillation.refinement import gradient_of_map, gradient_of_rows, loss_of_rows, search_by_all
from superficial.distillation.teacher import Teacher
from superficial.distillation.training_loop import Distilled
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# The largest change of a logit by one of the first steps: of the map, and of the rows.
_MAP_STEP = 4.0
_ROW_STEP = 0.5
# Where the map leaves less than this share of the base's KL, it explains everything, and rows have nothing to add.
_EXPLAINED = 1e-4
# A KL that rounding explains, in nats: both models are the same.
_ROUNDING = 1e-6
# Positions that sizes and likely tokens are measured at.
_SAMPLED = 4096
# Rows that are not trained follow the refined map only if this lowers the KL by at least this share: each time costs a
# pass over the whole vocabulary.
_SMALLEST_GAIN = 0.01
_MOST_MOVES = 5
# The weights of the rows that are tried in the average.
_WEIGHTS = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True)
class _Problem:
    """The two objectives, and what a head's trained rows become on them.

    Attributes:
        explained: the validation KL at which there is nothing left to learn.
    """

    train: ResidualObjective
    validation: ResidualObjective
    explained: float

    def measure(self, rows: Float[Tensor, "row width"]) -> float:
        """Return the validation KL of a student with these rows."""
        return _measure(self.validation, rows)

    def measure_map(self, linear_map: Float[Tensor, "aligned_width width"]) -> float:
        """Return the validation KL of a student with the rows W_a M."""
        return self.measure(self.train.pair.aligned.weight @ linear_map)

    def refine_map(self, start: Float[Tensor, "aligned_width width"], seed: int) -> Best:
        """Refine M in the student's rows W_a M."""
        best = Best(self.measure_map, start)
        size = self.train.pair.aligned.weight.abs().sum(-1).mean().item() * self._state_size()
        self._search(gradient_of_map(self.train), _MAP_STEP / size, seed, best)
        return best

    def refine_rows(self, start: Float[Tensor, "row width"], seed: int) -> Best:
        """Refine the student's rows one by one."""
        best = Best(self.measure, start)
        self._search(gradient_of_rows(self.train), _ROW_STEP / self._state_size(), seed, best)
        return best

    def _search(self, gradient: Gradient, rate: float, seed: int, best: Best) -> None:
        if best.lowest > self.explained:
            search_by_batches(gradient, len(self.train), len(self.validation), rate, seed, best)

    def _state_size(self) -> float:
        """Return the mean sum of absolute values of a state: what a step of 1 in each entry can add to a logit."""
        return self.train.hidden(_sample(len(self.train))).abs().sum(-1).mean().item()


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
        tokens: the tokens whose rows may be trained, ascending; if these are all, the likely ones are.
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
    history = [_measure(held_out, held_out.pair.base.weight)]
    if history[0] < _ROUNDING:
        return Distilled(torch.zeros_like(pair.base.weight), history)
    start = min(
        linear_maps(train, pair.device),
        key=lambda linear_map: _measure(held_out, held_out.pair.aligned.weight @ linear_map),
    )
    if len(tokens) == pair.vocabulary_size:
        tokens = _likely(pair, start, train)
        held_out = held_out_with(pair.base)
    base_rows, aligned_rows = held_out.pair.base.weight, held_out.pair.aligned.weight

    def problem_with(untrained: OutputHead, held_out: ResidualObjective) -> _Problem:
        objective = build_training_objective(pair, tokens, train, teacher, untrained)
        return _Problem(objective, held_out, _EXPLAINED * history[0])

    untrained, by_map = pair.base, None
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
        untrained, held_out = mapped, held_out_mapped
        problem = problem_with(untrained, held_out)
        by_map = problem.refine_map(linear_map, seed)
        lowest = by_map.lowest
        history += by_map.kl
        if lowest <= problem.explained:
            break
    if by_map is None:
        problem = problem_with(untrained, held_out)
        by_map = problem.refine_map(start, seed)
        history += by_map.kl
    best = Best(problem.measure, aligned_rows @ by_map.point)
    if best.lowest > problem.explained:
        by_rows = problem.refine_rows(base_rows, seed)
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


def _sample(positions: int) -> Int[Tensor, " position"]:
    return torch.arange(0, positions, max(1, positions // _SAMPLED))


def _likely(pair: Pair, linear_map: Float[Tensor, "aligned_width width"], train: Trace) -> Int[Tensor, " token"]:
    """Return the tokens that are likely by either model, or by the student with the rows W_a M."""
    sample = train.select(_sample(len(train)))
    mapped = OutputHead(pair.aligned.weight @ linear_map, pair.base.bias)
    students = (pair.aligned, sample.aligned_hidden), (pair.base, sample.base_hidden), (mapped, sample.base_hidden)
    return likely_tokens(students)


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
    search_by_all(function, best)
    best.point = rows_of(best.point)
    return best
