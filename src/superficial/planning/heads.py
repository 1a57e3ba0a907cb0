"""What the stages distil and sweep take: heads are learned from traces, and compared over k."""

from __future__ import annotations

from superficial.config import Profile, TransferredHead
from superficial.planning.call import TORCH_PROCESS_BYTES, CallPlan
from superficial.planning.quantities import (
    Positions,
    architecture_of,
    base_vocabulary,
    logits_operations,
    output_head_bytes,
    trace_positions,
    trace_row_bytes,
)
from superficial.planning.sizes import BYTES
from superficial.traces.chunks import MOST_POSITIONS, positions_at_once

# Logits of both models and of the student, masked ones, and distributions.
_LOGITS_IN_USE = 8
# Output heads in float32, and in bfloat16 for their products.
_HEAD_COPIES = 1.5
# Of `distillation.solver`: passes over the training positions, the largest batch, and the most rows that it trains.
_SOLVER_PASSES, _SOLVER_BATCH = 30, 500
_MOST_ROWS = 20000
# Trained rows per rank: how many tokens the teacher ranks among its first n somewhere, divided by n.
_ROWS_A_RANK = 200
# Adam reads a weight, its gradient and both moments, and writes the weight and the moments.
_MOVES_A_STEP = 7
# The matrix, the best so far, an average, the gradient, its two moments, and what a step computes.
_MATRICES = 9


def plan_distil(profile: Profile, name: str) -> CallPlan:
    """Return what it takes to learn a head, or to transfer one."""
    head = profile.heads[name]
    if isinstance(head, TransferredHead) or head.kind != "residual":
        return _plan_black_box(profile, name)
    return _plan_residual(profile, name)


def _plan_residual(profile: Profile, name: str) -> CallPlan:
    pair_name, settings = profile.heads[name].pair, profile.distillation
    pair = profile.pairs[pair_name]
    base, aligned = architecture_of(profile, pair.base), architecture_of(profile, pair.aligned)
    positions = trace_positions(profile, pair_name, profile.benchmarks_distilled(name))
    head_bytes, logits = output_head_bytes(profile, pair_name), logits_operations(profile, pair_name)
    seeds, adam = len(settings.seeds), settings.adam
    of_teacher = settings.teacher_top * _ROWS_A_RANK if settings.teacher_top else base.vocabulary
    rows = min(base.vocabulary, of_teacher, base.vocabulary if adam else _MOST_ROWS)
    matrix_bytes, row_bytes = (float(count * base.width * BYTES["float32"]) for count in (base.vocabulary, rows))
    passes, batch = (adam.epochs, adam.batch_size) if adam else (_SOLVER_PASSES, _SOLVER_BATCH)
    # Logits and gradient of the trained rows, and the teacher's logits of these.
    learning = rows * (4.0 * base.width + 2.0 * aligned.width)
    validating = positions.validation * passes * 2.0 * rows * base.width
    surveyed = 2 * positions.train + 4 * positions.validation + positions.test
    operations = seeds * (passes * positions.train * learning + validating + surveyed * logits)
    return CallPlan(
        "distil",
        name,
        disk_bytes=matrix_bytes,
        host_bytes=TORCH_PROCESS_BYTES + head_bytes + matrix_bytes,
        card_bytes=3 * head_bytes + 3 * matrix_bytes + _MATRICES * row_bytes + 4 * _logits_bytes(base.vocabulary),
        loaded_bytes=sum(positions) * trace_row_bytes(profile, pair_name),
        moved_bytes=_MOVES_A_STEP * row_bytes * passes * positions.train / batch * seeds,
        operations=operations,
        float32_operations=operations,
    )


def _plan_black_box(profile: Profile, name: str) -> CallPlan:
    head, settings = profile.heads[name], profile.black_box_settings(name)
    vocabulary = base_vocabulary(profile, head.pair)
    pairs, measured_on = profile.pairs_of_head(name), profile.benchmarks_distilled(name)
    of_pairs = [trace_positions(profile, pair, measured_on) for pair in pairs]
    positions = Positions(sum(one.train for one in of_pairs), sum(one.validation for one in of_pairs), of_pairs[0].test)
    head_bytes = sum(output_head_bytes(profile, pair) for pair in pairs)
    logits = logits_operations(profile, head.pair)
    matrix_bytes, student = w_trans_bytes(profile, vocabulary), w_trans_operations(profile, vocabulary)
    transferred = isinstance(head, TransferredHead)
    # The transfer of a transferred head takes the one matrix that was chosen.
    k_is_chosen = isinstance(head, TransferredHead) and isinstance(profile.heads[head.source_head], TransferredHead)
    matrices, epochs = 1 if k_is_chosen else len(settings.k), 0 if transferred else settings.epochs
    validations = 1 if transferred else epochs + 1
    measured = positions.validation * validations * matrices + 2 * positions.validation + positions.test
    # One pass finds the rows and columns.
    selected = 0 if transferred else positions.train
    operations = epochs * matrices * positions.train * (logits + 2 * student)
    operations += measured * (logits + student) + selected * logits
    return CallPlan(
        "distil",
        name,
        disk_bytes=matrix_bytes * (1 if transferred else matrices),
        host_bytes=TORCH_PROCESS_BYTES + matrix_bytes * matrices + head_bytes,
        card_bytes=_HEAD_COPIES * head_bytes
        + matrix_bytes * (1 if transferred else 5)
        + _black_box_logits_bytes(profile, vocabulary),
        loaded_bytes=sum(positions) * trace_row_bytes(profile, head.pair),
        moved_bytes=_MOVES_A_STEP * matrix_bytes * epochs * positions.train / settings.batch_size * matrices,
        operations=operations,
        float32_operations=operations,
    )


def plan_sweep(profile: Profile) -> CallPlan:
    """Return what the sweep over k takes: every black-box head on the validation positions of two pairs."""
    sweep = profile.sweep
    assert sweep is not None, "this profile has no sweep"
    pairs = (sweep.small, sweep.large, sweep.large_on_small)
    positions = {pair: trace_positions(profile, pair) for pair in pairs}
    logits = {pair: logits_operations(profile, pair) for pair in pairs}
    vocabulary = base_vocabulary(profile, sweep.small)
    matrices, matrix_bytes = len(profile.black_box_distillation.k), w_trans_bytes(profile, vocabulary)
    head_bytes = sum(output_head_bytes(profile, pair) for pair in (*pairs, sweep.small))
    measured = profile.benchmarks_distilled(sweep.head)
    validated = sum(
        trace_positions(profile, pair, measured).validation * (logits[pair] + w_trans_operations(profile, vocabulary))
        for pair in (sweep.small, sweep.large)
    )
    # The ranks of shift tokens by both heads of the small pair, and the largest logits of both bases.
    tested = positions[sweep.small].test * (2 * logits[sweep.small] + logits[sweep.large_on_small])
    rows = {
        sweep.small: positions[sweep.small].validation + positions[sweep.small].test,
        sweep.large: positions[sweep.large].validation,
        sweep.large_on_small: positions[sweep.large_on_small].test,
    }
    operations = matrices * validated + tested
    return CallPlan(
        "sweep",
        "",
        host_bytes=TORCH_PROCESS_BYTES + matrix_bytes * matrices + head_bytes,
        card_bytes=_HEAD_COPIES * head_bytes
        + matrix_bytes
        + _LOGITS_IN_USE * _black_box_logits_bytes(profile, vocabulary),
        loaded_bytes=matrix_bytes * matrices
        + sum(count * trace_row_bytes(profile, pair) for pair, count in rows.items()),
        operations=operations,
        float32_operations=operations,
    )


def w_trans_bytes(profile: Profile, vocabulary: int) -> float:
    """Return the most that the trained part of W_trans takes: how many tokens occur is not known before."""
    return float(profile.black_box_distillation.largest_side(vocabulary) ** 2 * BYTES["float32"])


def w_trans_operations(profile: Profile, vocabulary: int) -> float:
    """Return the operations of W_trans topk(l_b) at one position."""
    return 2.0 * profile.black_box_distillation.largest_side(vocabulary) ** 2


def _black_box_logits_bytes(profile: Profile, vocabulary: int) -> float:
    positions = max(profile.black_box_distillation.batch_size, positions_at_once(vocabulary))
    return float(_LOGITS_IN_USE * positions * vocabulary * BYTES["float32"])


def _logits_bytes(vocabulary: int) -> float:
    """Return a bound: large vocabularies have fewer positions at once."""
    return float(MOST_POSITIONS * vocabulary * BYTES["float32"])
