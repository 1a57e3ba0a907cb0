"""The exact KL of a student that differs from its base in some rows of the output head, and its gradient (section 2.2).

What no training step changes is computed once per position: the teacher's normaliser and entropy, and the base's share
of the softmax over all other rows. A step then costs only the trained rows, while the softmax stays over the whole
vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

_CHUNK = 4096
# Teacher probabilities are stored if they fit into this, and recomputed at each step if they do not: memory stays
# flat, and a small set saves one product and one exponential per step.
_STORED_BYTES = 2**28

Positions = slice | Int[Tensor, " position"]


@dataclass(frozen=True)
class ResidualObjective:
    """The mean KL(P_aligned || P_student) over a trace as a function of the trained rows of dW.

    Attributes:
        pair: both output heads, restricted to the trained rows. In a basis T the base's weight is W T^-T.
        trace: the positions.
        basis: T: dW T^-T is trained on hidden states h T instead of dW on h. None: no change of basis.
        teacher_floor: the smallest teacher logit that counts; -inf if the teacher is not truncated.
        teacher_norm: log-sum-exp of the teacher's logits that count.
        teacher_entropy: sum of P_a log P_a, the negative entropy.
        other_norm: log-sum-exp of the base's logits of all other rows; None if every row is trained.
        other_cross: sum of P_a l_b over all other rows.
        stored: P_a at the trained rows, and h T; None if these are too large to store.
    """

    pair: Pair
    trace: Trace
    basis: Float[Tensor, "width width"] | None
    teacher_floor: Float[Tensor, " position"]
    teacher_norm: Float[Tensor, " position"]
    teacher_entropy: Float[Tensor, " position"]
    other_norm: Float[Tensor, " position"] | None
    other_cross: Float[Tensor, " position"]
    stored: tuple[Float[Tensor, "position row"], Float[Tensor, "position width"]] | None

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.trace)

    def teacher_probabilities(self, positions: Positions) -> Float[Tensor, "position row"]:
        """Return P_a at the trained rows."""
        if self.stored:
            return self.stored[0][positions]
        logits = self.pair.aligned.logits(self.trace.aligned_hidden[positions])
        probabilities = (logits - self.teacher_norm[positions, None]).exp()
        return probabilities.where(logits >= self.teacher_floor[positions, None], 0.0)

    def hidden(self, positions: Positions) -> Float[Tensor, "position width"]:
        """Return h T."""
        if self.stored:
            return self.stored[1][positions]
        return _in_basis(self.trace.base_hidden[positions], self.basis, self.pair.base)

    def student_probabilities(
        self,
        hidden: Float[Tensor, "position width"],
        positions: Positions,
        delta: Float[Tensor, "row width"],
    ) -> Float[Tensor, "position row"]:
        """Return P_student at the trained rows, from a softmax over the whole vocabulary."""
        logits = self.pair.base.with_residual(delta).logits(hidden)
        if self.other_norm is None:
            return logits.softmax(-1)
        trained_norm = logits.logsumexp(-1)
        trained_share = (trained_norm - torch.logaddexp(trained_norm, self.other_norm[positions])).exp()
        return logits.softmax(-1).mul_(trained_share[:, None])

    def gradient(
        self, positions: Int[Tensor, " position"], delta: Float[Tensor, "row width"]
    ) -> Float[Tensor, "row width"]:
        """Return the gradient of the mean KL over some positions, (P_student - P_a)^T h T / n."""
        hidden = self.hidden(positions)
        difference = self.student_probabilities(hidden, positions, delta).sub_(self.teacher_probabilities(positions))
        return difference.T @ (hidden / len(hidden))

    def mean_kl(self, delta: Float[Tensor, "row width"]) -> float:
        """Return the mean KL(P_a || P_student) over all positions, in nats."""
        total = 0.0
        for chunk in row_slices(len(self), _CHUNK):
            logits = self.pair.base.with_residual(delta).logits(self.hidden(chunk))
            norm = logits.logsumexp(-1)
            if self.other_norm is not None:
                norm = torch.logaddexp(norm, self.other_norm[chunk])
            cross = (self.teacher_probabilities(chunk) * logits).sum(-1) + self.other_cross[chunk]
            total += (self.teacher_entropy[chunk] - cross + norm).sum().item()
        return total / len(self)


def build_objective(
    pair: Pair,
    tokens: Int[Tensor, " row"],
    trace: Trace,
    teacher_support: int | None,
    basis: Float[Tensor, "width width"] | None = None,
) -> ResidualObjective:
    """Precompute the KL over a trace's positions for a student that changes some rows of the output head.

    Args:
        pair: both output heads.
        tokens: the tokens whose rows are trained, ascending.
        trace: the positions.
        teacher_support: truncate the teacher's distribution to this many tokens and renormalise (the official code:
            500); None: no truncation.
        basis: T, invertible: train on h T; None: on h.
    """
    is_other = torch.ones(pair.vocabulary_size, dtype=torch.bool, device=pair.device)
    is_other[tokens] = False
    others = pair.base.select(is_other.nonzero().squeeze(1)) if is_other.any() else None
    trained = pair.base.select(tokens)
    if basis is not None:
        trained = OutputHead(trained.weight @ torch.linalg.inv(basis).T, trained.bias)
    fits = 4 * len(trace) * len(tokens) <= _STORED_BYTES
    constants, stored = [], []
    for chunk in row_slices(len(trace), _CHUNK):
        teacher = pair.aligned.logits(trace.aligned_hidden[chunk])
        floor, norm, entropy, probabilities = _truncated(teacher, teacher_support)
        other = _other_rows(others, is_other, trace.base_hidden[chunk], probabilities)
        constants.append((floor, norm, entropy, *other))
        if fits:
            trained_probabilities = probabilities[:, tokens] if others else probabilities
            stored.append((trained_probabilities, _in_basis(trace.base_hidden[chunk], basis, trained)))
    floor, norm, entropy, other_norm, other_cross = (torch.cat(column) for column in zip(*constants, strict=True))
    return ResidualObjective(
        pair=Pair(trained, pair.aligned.select(tokens)),
        trace=trace,
        basis=basis,
        teacher_floor=floor,
        teacher_norm=norm,
        teacher_entropy=entropy,
        other_norm=other_norm if others else None,
        other_cross=other_cross,
        stored=(torch.cat([row[0] for row in stored]), torch.cat([row[1] for row in stored])) if fits else None,
    )


def _truncated(logits: Float[Tensor, "position vocab"], support: int | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return floor, log-sum-exp, negative entropy and probabilities of a truncated teacher; overwrites its logits."""
    floor = logits.new_full((len(logits),), -math.inf)
    if support is not None and support < logits.shape[-1]:
        # Midway between the last token that counts and the first that does not, so that rounding decides nothing.
        floor = logits.topk(support + 1).values[:, -2:].mean(-1)
        logits = logits.where(logits >= floor[:, None], -math.inf)
    norm = logits.logsumexp(-1)
    log_probabilities = logits.sub_(norm[:, None])
    probabilities = log_probabilities.exp()
    # A truncated token has log-probability -inf and probability 0; its product must be 0.
    smallest = torch.finfo(norm.dtype).min
    return floor, norm, (probabilities * log_probabilities.clamp(min=smallest)).sum(-1), probabilities


def _other_rows(
    others: OutputHead | None,
    is_other: Bool[Tensor, " vocab"],
    hidden: Float[Tensor, "position width"],
    teacher: Float[Tensor, "position vocab"],
) -> tuple[Tensor, Tensor]:
    """Return log-sum-exp of the base's logits of the rows that are not trained, and their sum of P_a l_b."""
    if others is None:
        zeros = teacher.new_zeros(len(teacher))
        return zeros, zeros
    logits = others.logits(hidden)
    return logits.logsumexp(-1), (teacher[:, is_other] * logits).sum(-1)


def _in_basis(
    hidden: Float[Tensor, "position width"], basis: Float[Tensor, "width width"] | None, head: OutputHead
) -> Float[Tensor, "position width"]:
    hidden = hidden.to(head.weight)
    return hidden if basis is None else hidden @ basis
