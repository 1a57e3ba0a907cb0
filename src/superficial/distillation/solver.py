"""Solves for dW: the average of two students, a linear map between both models' states and trained single rows.

With a fine-tuned body the aligned model's states are nearly A h_b, so that W_a A is nearly the best student. Ridge
regression finds A. The other student is the base with trained rows, which finds what no map of the states can express.
The errors of the two differ, and their average is better than either. Validation positions choose the penalty of the
regression and its prior, when the search of the rows ends, and the weights of the average.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.config.distillation import DistillationSettings
from superficial.distillation.averaged_adam import search_by_batches
from superficial.distillation.best import Best
from superficial.distillation.linear_map import best_map, linear_maps
from superficial.distillation.objective import (
    ResidualObjective,
    build_training_objective,
    build_validation_objectives,
)
from superficial.distillation.refinement import gradient_of_rows, loss_of_rows, search_by_all
from superficial.distillation.teacher import Teacher, survey_teacher
from superficial.distillation.training_loop import Distilled
from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

# How far one of the first steps may move a logit, on average over positions.
_ROW_STEP = 0.7
# Below this share of the base's KL the map has explained everything, and the rows are not searched.
_EXPLAINED = 1e-4
# A KL that rounding explains, in nats: both models are the same.
_ROUNDING = 1e-6
# Training positions that measure the size of states, and validation positions that choose the map.
_SAMPLED = 4096
# Validation positions that tell the search of the rows when to stop.
_CHECKED = 1024
# Without a setting, rows are trained of tokens that the teacher ranks this high at some position: all others together
# have little probability. Where these are most of the vocabulary, all rows are trained.
_TOP = 20
_MOST_TOP = 0.5
# The weights of the student with trained rows that are tried in the average.
_WEIGHTS = tuple(tenths / 10 for tenths in range(11))


def solve(pair: Pair, train: Trace, validation: Trace, settings: DistillationSettings, seed: int) -> Distilled:
    """Return dW and the validation KL of the base, then of each average of the two students, in nats.

    With a rank, the KL of each check of the search of the factors follows that of the base. Where both models are the
    same, dW is 0 and nothing follows.

    Args:
        pair: both output heads.
        train: the positions to train on.
        validation: positions of other prompts, which decide everything that is chosen.
        settings: the restrictions.
        seed: of the order of the positions.
    """
    teacher, tokens = survey_teacher(pair.aligned, train, settings.teacher_support, settings.teacher_top or _TOP)
    if settings.teacher_top is None and len(tokens) > _MOST_TOP * pair.vocabulary_size:
        tokens = torch.arange(pair.vocabulary_size, device=pair.device)
    maps = linear_maps(train, pair.device)
    linear_map = best_map(maps, validation.select(_sample(len(validation), _SAMPLED)), pair.device)
    mapped = _mapped(pair, linear_map)
    # Rows that are not trained stay the base's in one student, and follow the map in the other.
    heads = [pair.base] if len(tokens) == pair.vocabulary_size else [pair.base, mapped]
    some = validation.select(_sample(len(validation), _CHECKED))
    checks = build_validation_objectives(pair, tokens, some, settings.teacher_support, heads)
    base_rows, mapped_rows = pair.base.weight[tokens], mapped.weight[tokens]
    before = _measure(checks[0], base_rows)
    if before < _ROUNDING:
        (everywhere,) = build_validation_objectives(pair, tokens, validation, settings.teacher_support, [pair.base])
        of_all = _measure(everywhere, base_rows)
        if of_all < _ROUNDING:
            return Distilled(torch.zeros_like(pair.base.weight), [of_all])
    objective = build_training_objective(pair, tokens, train, teacher, pair.base)
    rows = mapped_rows
    if _measure(checks[-1], mapped_rows) > _EXPLAINED * before:
        rows = _trained_rows(objective, checks[0], base_rows, seed)
    kl = _kl_of_averages(pair, tokens, validation, settings.teacher_support, mapped, rows)
    weight = _WEIGHTS[kl[1:].index(min(kl[1:]))]
    rank = settings.rank
    if rank is not None and rank < base_rows.shape[1]:
        average = torch.lerp(mapped_rows, rows, weight)
        (held_out,) = build_validation_objectives(pair, tokens, validation, settings.teacher_support, [pair.base])
        best = _low_rank(objective, held_out, base_rows, average, rank)
        student, kl = pair.base.weight.index_copy(0, tokens, best.point), best.kl
    else:
        by_rows = pair.base.weight.index_copy(0, tokens, rows)
        student = torch.lerp(mapped.weight, by_rows, weight)
    if min(kl) == kl[0]:
        return Distilled(torch.zeros_like(pair.base.weight), kl)
    return Distilled(student - pair.base.weight, kl)


def _trained_rows(
    train: ResidualObjective, checks: ResidualObjective, base_rows: Float[Tensor, "row width"], seed: int
) -> Float[Tensor, "row width"]:
    """Return the rows of the student whose rows are trained one by one."""
    # What a step of 1 in each entry can add to a logit.
    state_size = train.hidden(_sample(len(train), _SAMPLED)).abs().sum(-1).mean().item()
    best = Best(lambda rows: _measure(checks, rows), base_rows)
    search_by_batches(gradient_of_rows(train), len(train), len(checks), _ROW_STEP / state_size, seed, best)
    return best.point


def _kl_of_averages(
    pair: Pair,
    tokens: Int[Tensor, " row"],
    validation: Trace,
    support: int | None,
    mapped: OutputHead,
    rows: Float[Tensor, "row width"],
) -> list[float]:
    """Return the validation KL of the base, and of each average of W_a M and the base with trained rows, in nats.

    Args:
        pair: both output heads.
        tokens: the tokens whose rows are trained.
        validation: all validation positions.
        support: truncate the teacher's distribution, see `survey_teacher`.
        mapped: the head whose logits are W_a M h_b.
        rows: the trained rows.
    """
    trained = OutputHead(rows, pair.base.select(tokens).bias)
    total = torch.zeros(1 + len(_WEIGHTS), dtype=torch.float64, device=pair.device)
    for chunk in row_slices(len(validation), positions_at_once(pair.vocabulary_size)):
        hidden = validation.base_hidden[chunk]
        aligned = pair.aligned.logits(validation.aligned_hidden[chunk])
        teacher = Teacher.of(aligned, support)
        # A token that does not count has probability 0, whatever its logit; P log P is 0 there.
        probabilities = teacher.probabilities(aligned.clone(), slice(None))
        expected = torch.linalg.vecdot(probabilities, aligned) - teacher.norm
        of_base, of_map = pair.base.logits(hidden), mapped.logits(hidden)
        of_rows = of_base.index_copy(1, tokens, trained.logits(hidden))
        cross = [torch.linalg.vecdot(probabilities, logits) for logits in (of_base, of_map, of_rows)]
        total[0] += (expected - cross[0] + of_base.logsumexp(-1)).double().sum()
        for number, weight in enumerate(_WEIGHTS, 1):
            norm = torch.lerp(of_map, of_rows, weight).logsumexp(-1)
            total[number] += (expected - torch.lerp(cross[1], cross[2], weight) + norm).double().sum()
    return (total / len(validation)).tolist()


def _mapped(pair: Pair, linear_map: Float[Tensor, "aligned_width width"]) -> OutputHead:
    """Return the head whose logits are W_a M h_b, with the base's bias."""
    return OutputHead(pair.aligned.weight @ linear_map, pair.base.bias)


def _sample(positions: int, most: int) -> Int[Tensor, " position"]:
    """Return at most so many positions, drawn: evenly spaced ones would all begin a response, or all end one."""
    return torch.randperm(positions, generator=torch.Generator().manual_seed(0))[:most].sort().values


def _measure(validation: ResidualObjective, rows: Float[Tensor, "row width"]) -> float:
    """Return the validation KL of a student with these rows."""
    return validation.mean_kl(OutputHead(rows, validation.pair.base.bias).logits)


def _low_rank(
    objective: ResidualObjective, validation: ResidualObjective, base_rows: Tensor, rows: Tensor, rank: int
) -> Best:
    """Cut the change of rows to a rank where this changes the logits least, and refine its two factors."""
    size, directions = torch.linalg.eigh(_second_moments(objective))
    root = size.clamp(min=1e-6 * size[-1].item()).sqrt()
    change = (rows - base_rows).double()
    if objective.other_norm is None:
        # What all logits have in common changes no probability, and would take a rank.
        change -= change.mean(0)
    change = change @ (directions * root)
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
    best = Best(lambda point: _measure(validation, rows_of(point)), torch.zeros_like(flat))
    best.offer(flat)
    search_by_all(function, flat, best)
    best.point = rows_of(best.point)
    return best


def _second_moments(objective: ResidualObjective) -> Float[Tensor, "width width"]:
    """Return the mean of h h^T, in float64, since one direction often has most of it."""
    width = objective.pair.base.weight.shape[1]
    total = torch.zeros(width, width, dtype=torch.float64, device=objective.pair.device)
    for chunk in objective.chunks():
        hidden = objective.hidden(chunk).double()
        total.addmm_(hidden.T, hidden)
    return total / len(objective)
