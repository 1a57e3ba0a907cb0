"""Chooses k for a black-box head that is transferred to another base model (section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import torch

from superficial.heads.black_box import BlackBoxHead
from superficial.traces.chunks import positions_at_once
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

_CHUNK = 2048


@dataclass(frozen=True)
class TransferQuality:
    """How closely a base with a head follows the aligned model.

    `kl`: mean KL(P_aligned || P_student) in nats. `accuracy`: the share of positions with equal top-1 tokens.
    `repeated`: the share of responses in which all top-1 tokens are equal, those that greedy decoding repeats.
    """

    kl: float
    accuracy: float
    repeated: float


@torch.no_grad()
def measure_transfer(head: BlackBoxHead, pair: Pair, trace: Trace) -> TransferQuality:
    """Return how closely a base with a head follows the aligned model over the positions of a trace.

    The base may be a different one from the base that the head was trained on, with the same vocabulary.
    """
    kl, equal = 0.0, []
    for chunk in row_slices(len(trace), positions_at_once(pair.vocabulary_size, _CHUNK)):
        aligned = pair.aligned.logits(trace.aligned_hidden[chunk])
        student = head.student_logits(None, pair.base.logits(trace.base_hidden[chunk]))
        kl += kl_divergence(aligned, student).double().sum().item()
        equal.append((student.argmax(-1) == aligned.argmax(-1)).cpu())
    is_equal = torch.cat(equal)
    broken = len(trace.prompt[~is_equal].unique()) / len(trace.prompt.unique())
    return TransferQuality(kl / len(trace), int(is_equal.sum()) / len(trace), 1 - broken)


def choose_k(
    heads: Sequence[BlackBoxHead], pair: Pair, validation: Trace, advance: Callable[[int], None] = lambda _: None
) -> BlackBoxHead:
    """Return the head with which a base repeats most of the aligned model's responses.

    A single different token can break the rest of a response. KL and token accuracy, which are measured on the aligned
    model's own responses, do not show that.

    Args:
        heads: a black-box head at several k, the smallest first.
        pair: the output heads of the base it is transferred to and of an aligned model.
        validation: validation prompts of this pair.
        advance: called with 1 after each head.

    Returns:
        The head, with a card that has its k and the quality of every head by k.
    """
    qualities = {}
    for head in heads:
        qualities[head.k] = measure_transfer(head.to(pair.device), pair, validation)
        advance(1)
    best = max(heads, key=lambda head: (qualities[head.k].repeated, qualities[head.k].accuracy))
    by_k = {str(k): asdict(quality) for k, quality in qualities.items()}
    return replace(best, card={"k": best.k, "validation_by_k": by_k})
