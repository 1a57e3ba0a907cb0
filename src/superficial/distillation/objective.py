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

from superficial.traces.output_head import OutputHead
from superficial.traces.rows import slices
from superficial.traces.trace import Trace

_CHUNK = 4096
# The teacher's distribution is kept where it fits into this, and computed anew at each step where it does not: memory
# stays flat, and a small set costs one product and one exponential less a step.
_KEPT_BYTES = 2**28


@dataclass(frozen=True)
class Objective:
    """A pair's heads at the learned `rows`, these rows, and per position of a trace what stays the same.

    `through`: T, where dW is learned on h T instead of h; `base` is then W T^-T, and what is learned is dW T^-T.
    `floor`: the smallest teacher logit that counts (-inf: all do); `norm`: log-sum-exp of the teacher's that count;
    `entropy`: sum of P_a log P_a; `rest_norm`: log-sum-exp of the base's logits outside `rows`, None where there are
    none; `rest_cross`: sum of P_a l_b outside `rows`; `kept`: P_a at `rows` and h T, or None where too large to keep.
    """

    base: OutputHead
    aligned: OutputHead
    rows: Int[Tensor, " row"]
    trace: Trace
    through: Float[Tensor, "width width"] | None
    floor: Float[Tensor, " position"]
    norm: Float[Tensor, " position"]
    entropy: Float[Tensor, " position"]
    rest_norm: Float[Tensor, " position"] | None
    rest_cross: Float[Tensor, " position"]
    kept: tuple[Float[Tensor, "position row"], Float[Tensor, "position width"]] | None

    def teacher(self, at: slice | Int[Tensor, " position"]) -> Float[Tensor, "position row"]:
        """Return P_a at the learned rows."""
        if self.kept:
            return self.kept[0][at]
        logits = self.aligned.logits(self.trace.aligned_hidden[at])
        probability = (logits - self.norm[at, None]).exp()
        return probability.where(logits >= self.floor[at, None], 0.0)

    def hidden(self, at: slice | Int[Tensor, " position"]) -> Float[Tensor, "position width"]:
        """Return h T."""
        return self.kept[1][at] if self.kept else _turned(self.trace.base_hidden[at], self.through, self.base)

    def student(
        self,
        hidden: Float[Tensor, "position width"],
        at: slice | Int[Tensor, " position"],
        delta: Float[Tensor, "row width"],
    ) -> Tensor:
        """Return P_student at the learned rows (position, row): a softmax over the whole vocabulary."""
        logits = self.base.plus(delta).logits(hidden)
        if self.rest_norm is None:
            return logits.softmax(-1)
        inside = logits.logsumexp(-1)
        share = (inside - torch.logaddexp(inside, self.rest_norm[at])).exp()
        return logits.softmax(-1).mul_(share[:, None])

    def gradient(self, at: Int[Tensor, " position"], delta: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """Return the gradient of the mean KL(P_a || P_student) in what is learned: (P_student - P_a)^T h T / n."""
        hidden = self.hidden(at)
        return self.student(hidden, at, delta).sub_(self.teacher(at)).T @ (hidden / len(hidden))

    def mean_kl(self, delta: Float[Tensor, "row width"]) -> float:
        """Return the mean KL(P_a || P_student) over all positions, in nats."""
        total = 0.0
        for at in slices(len(self.trace.token), _CHUNK):
            logits = self.base.plus(delta).logits(self.hidden(at))
            norm = logits.logsumexp(-1)
            if self.rest_norm is not None:
                norm = torch.logaddexp(norm, self.rest_norm[at])
            cross = (self.teacher(at) * logits).sum(-1) + self.rest_cross[at]
            total += (self.entropy[at] - cross + norm).sum().item()
        return total / len(self.trace.token)


def objective(
    base: OutputHead,
    aligned: OutputHead,
    rows: Int[Tensor, " row"],
    trace: Trace,
    support: int | None,
    through: Float[Tensor, "width width"] | None = None,
) -> Objective:
    """Prepare the KL over a trace's positions for a student that may change the head's `rows`.

    Args:
        base: the base model's head.
        aligned: the aligned model's.
        rows: the tokens whose rows are learned, ascending.
        trace: the positions.
        support: the teacher's distribution is that of its first so many tokens, renormalised (the official code: 500);
            None: of the whole vocabulary.
        through: T, invertible: learn on h T; None: on h.
    """
    vocabulary = len(base.weight)
    outside = torch.ones(vocabulary, dtype=torch.bool, device=base.weight.device)
    outside[rows] = False
    rest = base.rows(outside.nonzero().squeeze(1)) if outside.any() else None
    learned = base.rows(rows)
    if through is not None:
        learned = OutputHead(learned.weight @ torch.linalg.inv(through).T, learned.bias)
    columns: list[list[Tensor]] = [[] for _ in range(7)]
    keep = 4 * len(trace.token) * len(rows) <= _KEPT_BYTES
    for at in slices(len(trace.token), _CHUNK):
        teacher = aligned.logits(trace.aligned_hidden[at])
        floor = teacher.new_full((len(teacher),), -math.inf)
        if support is not None and support < vocabulary:
            # Between the last that counts and the first that does not: rounding decides nothing.
            floor = teacher.topk(support + 1).values[:, -2:].mean(-1)
            teacher = teacher.where(teacher >= floor[:, None], -math.inf)
        norm = teacher.logsumexp(-1)
        log_teacher = teacher.sub_(norm[:, None])
        probability = log_teacher.exp()
        # What is cut off has a logarithm of -inf; times no probability, it counts 0.
        found = [floor, norm, (probability * log_teacher.clamp(min=torch.finfo(norm.dtype).min)).sum(-1)]
        if rest:
            logits = rest.logits(trace.base_hidden[at])
            found += [logits.logsumexp(-1), (probability[:, outside] * logits).sum(-1)]
        else:
            found += [torch.zeros_like(norm)] * 2
        if keep:
            found += [probability[:, rows] if rest else probability, _turned(trace.base_hidden[at], through, learned)]
        for column, values in zip(columns, found, strict=False):
            column.append(values)
    floor, norm, entropy, rest_norm, rest_cross = (torch.cat(column) for column in columns[:5])
    return Objective(
        learned,
        aligned.rows(rows),
        rows,
        trace,
        through,
        floor,
        norm,
        entropy,
        rest_norm if rest else None,
        rest_cross,
        (torch.cat(columns[5]), torch.cat(columns[6])) if keep else None,
    )


def _turned(hidden: Tensor, through: Tensor | None, like: OutputHead) -> Float[Tensor, "position width"]:
    hidden = hidden.to(like.weight)
    return hidden if through is None else hidden @ through
