"""What it takes to learn heads from traces, and to sweep over k: for repro/distil.py and repro/sweep.py."""

from __future__ import annotations

from superficial.config import TransferredHead
from superficial.planning.amounts import Amounts
from superficial.planning.sizes import BYTES, TORCH_BYTES
from superficial.planning.work import Step

# Rows of logits at once, see `knowledge`.
_CHUNK = 4096


def distillation(amounts: Amounts, name: str) -> Step:
    """Return what a head takes."""
    head = amounts.profile.heads[name]
    if isinstance(head, TransferredHead) or head.kind == "logit":
        return _black_box(amounts, name)
    pair = amounts.profile.pairs[head.pair]
    base, aligned = amounts.shape(pair.base), amounts.shape(pair.aligned)
    train, held, test = amounts.positions(head.pair)
    weights, both = amounts.output_heads(head.pair)
    settings = amounts.profile.distillation
    matrix = float(base.vocabulary * base.width * BYTES["float32"])
    seeds, steps = len(settings.seeds), settings.epochs * train / settings.batch_size
    product = 2.0 * base.vocabulary * base.width
    looked = held * (settings.epochs + 3) + 2 * train + test
    # The student, its gradient, the teacher; and the states in whitened coordinates.
    position = 2 * product + 2.0 * base.vocabulary * aligned.width + 2.0 * base.width**2
    precise = seeds * settings.epochs * train * position + looked * (both + product)
    return Step(
        "distil",
        name,
        disk=matrix,
        host=TORCH_BYTES + weights + matrix,
        card=3 * weights + 7 * matrix + 4 * _logits(base.vocabulary),
        loaded=(train + held + test) * amounts.row_bytes(head.pair),
        moved=7 * matrix * steps * seeds,
        operations=precise,
        precise=precise,
    )


def _logits(vocabulary: int) -> float:
    return float(_CHUNK * vocabulary * BYTES["float32"])


def _black_box(amounts: Amounts, name: str) -> Step:
    head = amounts.profile.heads[name]
    settings = amounts.profile.logit_distillation
    vocabulary = amounts.shape(amounts.profile.pairs[head.pair].base).vocabulary
    train, held, test = amounts.positions(head.pair)
    weights, both = amounts.output_heads(head.pair)
    transferred = isinstance(head, TransferredHead)
    chosen = isinstance(head, TransferredHead) and isinstance(amounts.profile.heads[head.of], TransferredHead)
    ks, matrix = 1 if chosen else len(settings.k), float(vocabulary**2 * BYTES["float32"])
    epochs = 0 if transferred else settings.epochs
    student = 2.0 * vocabulary**2
    looked = held * (1 if transferred else epochs + 1) * ks + 2 * held + test
    precise = epochs * ks * train * (both + 2 * student) + looked * (both + student)
    return Step(
        "distil",
        name,
        disk=matrix * (1 if transferred else ks),
        host=TORCH_BYTES + matrix * ks + weights,
        card=weights + matrix * (1 if transferred else 5) + 4 * _logits(vocabulary),
        loaded=(train + held + test) * amounts.row_bytes(head.pair),
        # Adam reads the weight, its gradient and both moments, and writes three of them.
        moved=7 * matrix * epochs * train / settings.batch_size * ks,
        operations=precise,
        precise=precise,
    )


def sweep(amounts: Amounts) -> Step:
    """Return what the sweep over k takes: every black-box head on two models' validation positions."""
    chosen = amounts.profile.sweep
    assert chosen is not None, "this profile has no sweep"
    pairs = (chosen.small, chosen.large, chosen.identical)
    positions = {pair: amounts.positions(pair) for pair in pairs}
    heads = {pair: amounts.output_heads(pair) for pair in pairs}
    vocabulary = amounts.shape(amounts.profile.pairs[chosen.small].base).vocabulary
    ks, matrix = len(amounts.profile.logit_distillation.k), float(vocabulary**2 * BYTES["float32"])
    weights = sum(heads[pair][0] for pair in (*pairs, chosen.small))
    validated = sum(
        positions[pair][1] * (heads[pair][1] + 2.0 * vocabulary**2) for pair in (chosen.small, chosen.large)
    )
    # Ranks of shift tokens by both heads of the small pair, drawn logits by the heads of both bases.
    tested = positions[chosen.small][2] * (2 * heads[chosen.small][1] + heads[chosen.identical][1])
    rows = (
        sum(positions[chosen.small][1:]) * amounts.row_bytes(chosen.small)
        + positions[chosen.large][1] * amounts.row_bytes(chosen.large)
        + positions[chosen.identical][2] * amounts.row_bytes(chosen.identical)
    )
    return Step(
        "sweep",
        "",
        host=TORCH_BYTES + matrix * ks + weights,
        card=weights + matrix + 4 * _logits(vocabulary),
        loaded=matrix * ks + rows,
        operations=ks * validated + tested,
        precise=ks * validated + tested,
    )
