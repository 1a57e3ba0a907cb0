"""What W_trans of a black-box head is trained to lower: the student's logits are l_b + W_trans topk(l_b) (section 3.1).

Only some rows and columns of W_trans are trained; the student's softmax is over the whole vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.heads.black_box import top_k
from superficial.heads.restriction import Restriction
from superficial.traces.chunks import positions_at_once
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

# Positions at most, see `positions_at_once`.
_CHUNK = 2048
_STORED_BYTES = 2**28


@dataclass(frozen=True)
class BlackBoxObjective:
    """KL(P_a || softmax(l_b + W_trans topk(l_b))) over a trace as a function of the trained part of W_trans.

    `stored` has l_a, l_b and the columns of topk(l_b) at all positions, or is None if these are too large to store.
    """

    pair: Pair
    trace: Trace
    k: int
    restriction: Restriction
    stored: tuple[Tensor, ...] | None = None

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.trace)

    def logits(
        self, positions: slice | Int[Tensor, " position"]
    ) -> tuple[Float[Tensor, "position vocab"], Float[Tensor, "position vocab"], Float[Tensor, "position column"]]:
        """Return l_a, l_b and the columns of topk(l_b)."""
        if self.stored is not None:
            aligned, base, read = (part[positions] for part in self.stored)
            return aligned, base, read
        aligned = self.pair.aligned.logits(self.trace.aligned_hidden[positions])
        base = self.pair.base.logits(self.trace.base_hidden[positions])
        return aligned, base, self.restriction.select_columns(top_k(base, self.k))

    def gradient(
        self, positions: Int[Tensor, " position"], weight: Float[Tensor, "row column"]
    ) -> Float[Tensor, "row column"]:
        """Return the gradient of the mean KL over some positions."""
        aligned, base, read = self.logits(positions)
        student = self.restriction.add_to_rows(base, read @ weight.T)
        return self.restriction.select_rows(logit_gradient(aligned, student)).T @ read

    def total_kl(self, weight: Float[Tensor, "row column"]) -> float:
        """Return the sum of the KL over all positions, in nats."""
        total = 0.0
        for positions in self.chunks():
            aligned, base, read = self.logits(positions)
            student = self.restriction.add_to_rows(base, read @ weight.T)
            total += kl_divergence(aligned, student).double().sum().item()
        return total

    def chunks(self) -> Iterator[slice]:
        """Yield all positions, as many at a time as memory allows."""
        return row_slices(len(self), positions_at_once(self.pair.vocabulary_size, _CHUNK))


def build_black_box_objective(pair: Pair, trace: Trace, k: int, restriction: Restriction) -> BlackBoxObjective:
    """Return the objective over a trace; if the logits of all positions fit in memory, they are computed once."""
    objective = BlackBoxObjective(pair, trace, k, restriction)
    if 3 * len(trace) * pair.base.weight[:, 0].nbytes > _STORED_BYTES:
        return objective
    parts = zip(*map(objective.logits, objective.chunks()), strict=True)
    return replace(objective, stored=tuple(map(torch.cat, parts)))


def logit_gradient(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, "position vocab"]:
    """Return the gradient of the mean KL(P_a || P_student) in the student's logits, (P_student - P_a) / n."""
    return (student.softmax(-1) - teacher.softmax(-1)) / len(student)
