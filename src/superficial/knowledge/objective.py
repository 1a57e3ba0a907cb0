"""The exact KL of a student that differs from its base only in some rows of the head, and its gradient (section 2.2).

What no step changes is computed once per position: the teacher's normaliser and entropy, and the base's share of the
softmax over all other rows. A step then costs the learned rows alone, and the softmax is over the whole vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.knowledge.output_head import OutputHead
from superficial.knowledge.traces import Trace

_CHUNK = 4096
# The teacher's distribution is kept where it fits into this, and computed anew at each step where it does not: memory
# stays flat, and a small set costs one product and one exponential less a step.
_KEPT_BYTES = 2**28


@dataclass(frozen=True)
class Objective:
    """A pair's heads at the learned `rows`, these rows, and per position of a trace what stays the same.

    `floor`: the smallest teacher logit that counts (-inf: all do); `norm`: log-sum-exp of the teacher's that count;
    `entropy`: sum of P_a log P_a; `rest_norm`: log-sum-exp of the base's logits outside `rows` (-inf: there are none);
    `rest_cross`: sum of P_a l_b outside `rows`; `kept`: P_a at `rows`, or None where that is too large to keep.
    """

    base: OutputHead
    aligned: OutputHead
    rows: Int[Tensor, " row"]
    trace: Trace
    floor: Float[Tensor, " position"]
    norm: Float[Tensor, " position"]
    entropy: Float[Tensor, " position"]
    rest_norm: Float[Tensor, " position"]
    rest_cross: Float[Tensor, " position"]
    kept: Float[Tensor, "position row"] | None

    def teacher(self, at: Int[Tensor, " position"]) -> Float[Tensor, "position row"]:
        """Return P_a at the learned rows."""
        if self.kept is not None:
            return self.kept[at]
        logits = self.aligned.logits(self.trace.aligned_hidden[at])
        probability = (logits - self.norm[at, None]).exp()
        return probability.where(logits >= self.floor[at, None], 0.0)

    def student(self, at: Int[Tensor, " position"], delta: Float[Tensor, "row width"]) -> Tensor:
        """Return P_student at the learned rows (position, row): a softmax over the whole vocabulary."""
        logits, rest = self.base.plus(delta).logits(self.trace.base_hidden[at]), self.rest_norm[at]
        # In place.
        largest = torch.maximum(logits.amax(-1), rest)
        student = logits.sub_(largest[:, None]).exp_()
        return student.div_((student.sum(-1) + (rest - largest).exp())[:, None])

    def gradient(self, at: Int[Tensor, " position"], delta: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """Return the gradient of the mean KL(P_a || P_student) in dW: (P_student - P_a)^T h_b / n."""
        hidden = self.trace.base_hidden[at].to(delta)
        return self.student(at, delta).sub_(self.teacher(at)).T @ hidden / len(at)

    def mean_kl(self, delta: Float[Tensor, "row width"]) -> float:
        """Return the mean KL(P_a || P_student) over all positions, in nats."""
        total = 0.0
        for at in torch.arange(len(self.trace.token)).split(_CHUNK):
            logits = self.base.plus(delta).logits(self.trace.base_hidden[at])
            norm = torch.logaddexp(logits.logsumexp(-1), self.rest_norm[at])
            cross = (self.teacher(at) * logits).sum(-1) + self.rest_cross[at]
            total += (self.entropy[at] - cross + norm).sum().item()
        return total / len(self.trace.token)


def objective(
    base: OutputHead,
    aligned: OutputHead,
    rows: Int[Tensor, " row"],
    trace: Trace,
    support: int | None,
) -> Objective:
    """Prepare the KL over a trace's positions for a student that may change the head's `rows`.

    Args:
        base: the base model's head.
        aligned: the aligned model's.
        rows: the tokens whose rows are learned, ascending.
        trace: the positions.
        support: the teacher's distribution is that of its first so many tokens, renormalised (the official code: 500);
            None: of the whole vocabulary.
    """
    vocabulary = len(base.weight)
    device = base.weight.device
    others = torch.ones(vocabulary, dtype=torch.bool, device=device)
    others[rows] = False
    columns: list[list[Tensor]] = [[] for _ in range(5)]
    kept: list[Tensor] | None = [] if 4 * len(trace.token) * len(rows) <= _KEPT_BYTES else None
    for at in torch.arange(len(trace.token)).split(_CHUNK):
        teacher, student = aligned.logits(trace.aligned_hidden[at]), base.logits(trace.base_hidden[at])
        floor = torch.full((len(at),), -math.inf, device=device)
        if support is not None and support < vocabulary:
            # Between the last that counts and the first that does not: rounding decides nothing.
            floor = teacher.topk(support + 1).values[:, -2:].mean(-1)
            teacher = teacher.where(teacher >= floor[:, None], -math.inf)
        log_teacher = teacher.log_softmax(-1)
        probability = log_teacher.exp()
        found = (
            floor,
            teacher.logsumexp(-1),
            torch.xlogy(probability, probability).sum(-1),
            student[:, others].logsumexp(-1),
            (probability[:, others] * student[:, others]).sum(-1),
        )
        for column, values in zip(columns, found, strict=True):
            column.append(values)
        if kept is not None:
            kept.append(probability[:, rows])
    floor, norm, entropy, rest_norm, rest_cross = (torch.cat(column) for column in columns)
    return Objective(
        base.rows(rows),
        aligned.rows(rows),
        rows,
        trace,
        floor,
        norm,
        entropy,
        rest_norm,
        rest_cross,
        torch.cat(kept) if kept else None,
    )
