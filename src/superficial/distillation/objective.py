"""The exact KL of a student of which some rows of the output head are trained (section 2.2).

What training does not change is computed once per position: the teacher's normaliser, and the share of all other rows
in the student's softmax. A step then costs only the trained rows, while the softmax stays over the whole vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.distillation.teacher import Positions, Teacher
from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

# Teacher probabilities and states are stored if they fit into this, and recomputed at each step if they do not: memory
# stays flat, and a small set saves two products and one exponential per step.
_STORED_BYTES = 2**28

# From hidden states (position, width) to the logits of the trained rows (position, row).
Student = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ResidualObjective:
    """The mean KL(P_aligned || P_student) over a trace as a function of the student's logits of the trained rows.

    Attributes:
        pair: both output heads, restricted to the trained rows.
        trace: the positions.
        teacher: the teacher's constants.
        other_norm: log-sum-exp of the student's logits of all other rows; None if every row is trained.
        constant: of the KL, sum of P_a log P_a over all rows minus sum of P_a l_s over all other rows; 0 where only
            gradients and differences are asked for.
        stored: P_a at the trained rows, and h; None if these are too large to store.
    """

    pair: Pair
    trace: Trace
    teacher: Teacher
    other_norm: Float[Tensor, " position"] | None
    constant: Float[Tensor, " position"]
    stored: tuple[Float[Tensor, "position row"], Float[Tensor, "position width"]] | None

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.trace)

    def teacher_probabilities(self, positions: Positions) -> Float[Tensor, "position row"]:
        """Return P_a at the trained rows."""
        if self.stored:
            return self.stored[0][positions]
        return self.teacher.probabilities(self.pair.aligned.logits(self.trace.aligned_hidden[positions]), positions)

    def hidden(self, positions: Positions) -> Float[Tensor, "position width"]:
        """Return h."""
        if self.stored:
            return self.stored[1][positions]
        return self.trace.base_hidden[positions].to(self.pair.base.weight)

    def loss_and_difference(
        self, logits: Float[Tensor, "position row"], positions: Positions
    ) -> tuple[float, Float[Tensor, "position row"]]:
        """Return the sum of the KL over some positions, and P_student - P_a, its derivative in the student's logits.

        Overwrites the logits.
        """
        teacher = self.teacher_probabilities(positions)
        cross = torch.linalg.vecdot(teacher, logits)
        probabilities, norm = self._softmax(logits, positions)
        loss = self.constant[positions] - cross + norm
        return loss.double().sum().item(), probabilities.sub_(teacher)

    def difference(self, logits: Float[Tensor, "position row"], positions: Positions) -> Float[Tensor, "position row"]:
        """Return P_student - P_a alone; overwrites the logits."""
        probabilities, _ = self._softmax(logits, positions)
        return probabilities.sub_(self.teacher_probabilities(positions))

    def _softmax(
        self, logits: Float[Tensor, "position row"], positions: Positions
    ) -> tuple[Float[Tensor, "position row"], Float[Tensor, " position"]]:
        """Return the student's probabilities of the trained rows and its normaliser; overwrites the logits."""
        largest = logits.amax(-1)
        exponentials = logits.sub_(largest[:, None]).exp_()
        total = exponentials.sum(-1)
        if self.other_norm is not None:
            total = total + (self.other_norm[positions] - largest).exp()
        return exponentials.div_(total[:, None]), largest + total.log()

    def mean_kl(self, student: Student) -> float:
        """Return the mean KL(P_a || P_student) over all positions, in nats."""
        total = 0.0
        for chunk in self.chunks():
            logits = student(self.hidden(chunk))
            norm = logits.logsumexp(-1)
            if self.other_norm is not None:
                norm = torch.logaddexp(norm, self.other_norm[chunk])
            cross = torch.linalg.vecdot(self.teacher_probabilities(chunk), logits)
            total += (self.constant[chunk] - cross + norm).double().sum().item()
        return total / len(self)

    def select(self, positions: Int[Tensor, " position"]) -> ResidualObjective:
        """Return the objective over some of the positions."""
        return replace(
            self,
            trace=self.trace.select(positions),
            teacher=Teacher(self.teacher.norm[positions], self.teacher.floor[positions]),
            other_norm=None if self.other_norm is None else self.other_norm[positions],
            constant=self.constant[positions],
            stored=None if self.stored is None else (self.stored[0][positions], self.stored[1][positions]),
        )

    def chunks(self) -> Iterator[slice]:
        """Yield slices of positions whose logits fit in memory."""
        return row_slices(len(self), positions_at_once(len(self.pair.base.weight)))


def build_training_objective(
    pair: Pair,
    tokens: Int[Tensor, " row"],
    trace: Trace,
    teacher: Teacher,
    untrained: OutputHead,
) -> ResidualObjective:
    """Precompute the KL over training positions, up to a constant.

    Args:
        pair: both output heads.
        tokens: the tokens whose rows are trained, ascending.
        trace: the positions.
        teacher: the teacher's constants there.
        untrained: has the student's rows of all other tokens.
    """
    norms = []
    if len(tokens) < pair.vocabulary_size:
        for chunk in row_slices(len(trace), positions_at_once(pair.vocabulary_size)):
            norms.append(_norm_without(tokens, untrained.logits(trace.base_hidden[chunk])))
    zero = torch.zeros_like(teacher.norm)
    return _with_stored(_selected(pair, tokens), trace, teacher, torch.cat(norms) if norms else None, zero)


def build_validation_objectives(
    pair: Pair,
    tokens: Int[Tensor, " row"],
    trace: Trace,
    support: int | None,
    untrained: Sequence[OutputHead],
) -> list[ResidualObjective]:
    """Precompute the exact KL over validation positions for several students, which differ in their untrained rows.

    Args:
        pair: both output heads.
        tokens: the tokens whose rows are trained, ascending.
        trace: the positions.
        support: truncate the teacher's distribution, see `survey_teacher`.
        untrained: one head a student, with its rows of all other tokens.
    """
    every = len(tokens) == pair.vocabulary_size
    parts: list[Teacher] = []
    constants: list[list[Tensor]] = [[] for _ in untrained]
    norms: list[list[Tensor]] = [[] for _ in untrained]
    for chunk in row_slices(len(trace), positions_at_once(pair.vocabulary_size)):
        logits = pair.aligned.logits(trace.aligned_hidden[chunk])
        part = Teacher.of(logits, support)
        # A token that does not count has probability 0, whatever its logit; P log P is 0 there.
        probabilities = part.probabilities(logits.clone(), slice(None))
        expected = torch.linalg.vecdot(probabilities, logits) - part.norm
        parts.append(part)
        of_others = probabilities.index_fill_(1, tokens, 0.0)
        for head, constant, norm in zip(untrained, constants, norms, strict=True):
            if every:
                constant.append(expected)
                continue
            student = head.logits(trace.base_hidden[chunk])
            constant.append(expected - torch.linalg.vecdot(of_others, student))
            norm.append(_norm_without(tokens, student))
    trained, teacher = _selected(pair, tokens), Teacher.concatenate(parts)
    return [
        _with_stored(trained, trace, teacher, torch.cat(norm) if norm else None, torch.cat(constant))
        for constant, norm in zip(constants, norms, strict=True)
    ]


def _selected(pair: Pair, tokens: Int[Tensor, " row"]) -> Pair:
    return Pair(pair.base.select(tokens), pair.aligned.select(tokens))


def _norm_without(tokens: Int[Tensor, " row"], logits: Float[Tensor, "position vocab"]) -> Float[Tensor, " position"]:
    """Return the log-sum-exp of the logits of all other tokens; overwrites these."""
    return logits.index_fill_(1, tokens, -math.inf).logsumexp(-1)


def _with_stored(
    trained: Pair,
    trace: Trace,
    teacher: Teacher,
    other_norm: Tensor | None,
    constant: Tensor,
) -> ResidualObjective:
    objective = ResidualObjective(trained, trace, teacher, other_norm, constant, None)
    if 4 * len(trace) * sum(trained.base.weight.shape) > _STORED_BYTES:
        return objective
    stored = [(objective.teacher_probabilities(chunk), objective.hidden(chunk)) for chunk in objective.chunks()]
    probabilities, hidden = (torch.cat(parts) for parts in zip(*stored, strict=True))
    return ResidualObjective(trained, trace, teacher, other_norm, constant, (probabilities, hidden))
