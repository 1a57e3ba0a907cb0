"""Solves for dW: a linear map between both models' states, refined on the exact KL, averaged with single rows.

With a fine-tuned body the aligned model's states are nearly A h_b, so that W_a A is nearly the best student. Ridge
regression finds A. Adam then improves M in the student's rows W_a M, which has far fewer numbers than dW and so
learns less noise; it also trains the rows themselves, which finds what no map of the states can express. The errors of
the two differ, and their average is better than either. Validation positions decide everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import DistillationSettings
from superficial.distillation.averaged_adam import Gradient, search_by_batches
from superficial.distillation.best import Best
from superficial.distillation.linear_map import linear_maps
from superficial.distillation.objective import (
    ResidualObjective,
    build_training_objective,
    build_validation_objectives,
)
from superficial.distillation.refinement import gradient_of_map, gradient_of_rows, loss_of_rows, search_by_all
from superficial.distillation.teacher import survey_teacher
from superficial.distillation.training_loop import Distilled
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# The largest change of a logit by one of the first steps: of the map, and of the rows.
_MAP_STEP = 4.0
_ROW_STEP = 0.7
# Where the map leaves less than this share of the base's KL, it explains everything, and rows have nothing to add.
_EXPLAINED = 1e-4
# A KL that rounding explains, in nats: both models are the same.
_ROUNDING = 1e-6
# Training positions that the size of states is measured at, and validation positions that choose the first map, and
# that tell a search when to stop.
_SAMPLED = 4096
_STARTED = 256
_CHECKED = 2048
# Without a setting, rows are trained of tokens that the teacher ranks this high at some position: all others together
# have little probability. Where these are most of the vocabulary, all rows are trained.
_TOP = 20
_MOST_TOP = 0.5
# The weights of the rows that are tried in the average.
_WEIGHTS = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True)
class _Problem:
    """The objectives, and what a head's trained rows become on them.

    Attributes:
        train: over the training positions.
        validation: over the validation positions, which decide what is returned.
        checks: over as many of these as a search needs to know when to stop.
        explained: the validation KL at which there is nothing left to learn.
    """

    train: ResidualObjective
    validation: ResidualObjective
    checks: ResidualObjective
    explained: float

    def refine_map(self, start: Float[Tensor, "aligned_width width"], seed: int) -> Best:
        """Refine M in the student's rows W_a M."""
        rows = self.train.pair.aligned.weight
        best = Best(lambda linear_map: _measure(self.checks, rows @ linear_map), start)
        size = rows.abs().sum(-1).mean().item() * self._state_size()
        self._search(gradient_of_map(self.train), _MAP_STEP / size, seed, best)
        return best

    def refine_rows(self, start: Float[Tensor, "row width"], seed: int) -> Best:
        """Refine the student's rows one by one."""
        best = Best(lambda rows: _measure(self.checks, rows), start)
        self._search(gradient_of_rows(self.train), _ROW_STEP / self._state_size(), seed, best)
        return best

    def _search(self, gradient: Gradient, rate: float, seed: int, best: Best) -> None:
        if best.lowest > self.explained:
            search_by_batches(gradient, len(self.train), len(self.checks), rate, seed, best)

    def _state_size(self) -> float:
        """Return the mean sum of absolute values of a state: what a step of 1 in each entry can add to a logit."""
        return self.train.hidden(_sample(len(self.train), _SAMPLED)).abs().sum(-1).mean().item()


def solve(pair: Pair, train: Trace, validation: Trace, settings: DistillationSettings, seed: int) -> Distilled:
    """Return dW, and the validation KL of the base, of the first map, and of every student that was compared.

    Args:
        pair: both output heads.
        train: the positions to train on.
        validation: positions of other prompts, which decide everything that is chosen.
        settings: the restrictions.
        seed: of the positions that are drawn.
    """
    full_rank = settings.rank is None or settings.rank >= pair.base.weight.shape[1]
    teacher, tokens = survey_teacher(pair.aligned, train, settings.teacher_support, settings.teacher_top or _TOP)
    if settings.teacher_top is None and len(tokens) > _MOST_TOP * pair.vocabulary_size:
        tokens = torch.arange(pair.vocabulary_size, device=pair.device)

    def held_out(trace: Trace, untrained: Sequence[OutputHead]) -> list[ResidualObjective]:
        return build_validation_objectives(pair, tokens, trace, settings.teacher_support, untrained)

    # Rows that are not trained stay the base's, or are what a map of the states predicts.
    may_map = full_rank and len(tokens) < pair.vocabulary_size
    sample = validation.select(_sample(len(validation), _STARTED))
    start, untrained = _start(pair, linear_maps(train, pair.device), may_map, partial(held_out, sample))
    objectives = held_out(validation, [pair.base] if untrained is pair.base else [pair.base, untrained])
    of_base, of_start = objectives[0], objectives[-1]
    base_rows, aligned_rows = of_base.pair.base.weight, of_base.pair.aligned.weight
    history = [_measure(of_base, base_rows), _measure(of_start, aligned_rows @ start)]
    if history[0] < _ROUNDING:
        return Distilled(torch.zeros_like(pair.base.weight), history[:1])
    objective = build_training_objective(pair, tokens, train, teacher, untrained)
    checks = of_start.select(_sample(len(validation), _CHECKED))
    problem = _Problem(objective, of_start, checks, _EXPLAINED * history[0])
    by_map = problem.refine_map(start, seed)
    best = Best(lambda rows: _measure(problem.validation, rows), aligned_rows @ by_map.point)
    if best.lowest > problem.explained:
        by_rows = problem.refine_rows(base_rows, seed)
        for weight in _WEIGHTS:
            best.offer(torch.lerp(aligned_rows @ by_map.point, by_rows.point, weight))
    history += best.kl
    if settings.rank is not None and not full_rank:
        best = _low_rank(problem, base_rows, best.point, settings.rank)
        history = best.kl
    if untrained is not pair.base:
        # The refined map may suit the untrained rows better than the first one.
        moved = _mapped(pair, by_map.point)
        history.append(_measure(held_out(validation, [moved])[0], best.point))
        untrained = moved if history[-1] < best.lowest else untrained
    if min(history) >= history[0]:
        return Distilled(torch.zeros_like(pair.base.weight), history)
    student = untrained.weight.index_copy(0, tokens, best.point)
    return Distilled(student - pair.base.weight, history)


def _start(
    pair: Pair,
    maps: Sequence[Float[Tensor, "aligned_width width"]],
    may_map: bool,
    held_out: Callable[[Sequence[OutputHead]], list[ResidualObjective]],
) -> tuple[Float[Tensor, "aligned_width width"], OutputHead]:
    """Return the map to start from, and the head with the untrained rows: those with the lowest validation KL.

    Args:
        pair: both output heads.
        maps: the maps to choose from.
        may_map: whether untrained rows may be W_a M; otherwise they are the base's.
        held_out: the validation objectives of students with these untrained rows.
    """
    heads = [pair.base, *(_mapped(pair, linear_map) for linear_map in maps)] if may_map else [pair.base]
    objectives = held_out(heads)
    options = [(linear_map, 0) for linear_map in maps] + list(zip(maps, range(1, len(heads)), strict=False))

    def kl(option: tuple[Tensor, int]) -> float:
        linear_map, number = option
        return _measure(objectives[number], objectives[number].pair.aligned.weight @ linear_map)

    linear_map, number = min(options, key=kl)
    return linear_map, heads[number]


def _mapped(pair: Pair, linear_map: Float[Tensor, "aligned_width width"]) -> OutputHead:
    """Return the head whose logits are W_a M h_b, with the base's bias."""
    return OutputHead(pair.aligned.weight @ linear_map, pair.base.bias)


def _sample(positions: int, most: int) -> Int[Tensor, " position"]:
    """Return at most so many positions, evenly spaced."""
    return torch.arange(0, positions, -(-positions // most))


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
    best = Best(lambda point: _measure(problem.validation, rows_of(point)), torch.zeros_like(flat))
    best.offer(flat)
    search_by_all(function, best)
    best.point = rows_of(best.point)
    return best
