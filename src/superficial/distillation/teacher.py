"""The teacher's distribution at the positions of a trace: its normaliser, its truncation, the tokens it ranks high."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

Positions = slice | Int[Tensor, " position"]


@dataclass(frozen=True)
class Teacher:
    """What makes the teacher's logits probabilities at each position.

    Attributes:
        norm: log-sum-exp of the logits that count, ties with the last of them included.
        floor: the smallest logit that counts; -inf if the teacher is not truncated.
    """

    norm: Float[Tensor, " position"]
    floor: Float[Tensor, " position"]

    def probabilities(
        self, logits: Float[Tensor, "position token"], positions: Positions
    ) -> Float[Tensor, "position token"]:
        """Return P_a of the tokens whose logits are given; overwrites these."""
        below = logits < self.floor[positions, None]
        return logits.sub_(self.norm[positions, None]).exp_().masked_fill_(below, 0.0)

    @staticmethod
    def of(logits: Float[Tensor, "position vocab"], support: int | None) -> Teacher:
        """Return the constants of a teacher that is truncated to its first `support` tokens; None: not truncated."""
        if support is None or support >= logits.shape[-1]:
            return Teacher(logits.logsumexp(-1), logits.new_full((len(logits),), -math.inf))
        largest = logits.topk(support + 1).values
        # Midway between the last token that counts and the first that does not, so that rounding decides nothing.
        floor = largest[:, -2:].mean(-1)
        return Teacher(logits.masked_fill(logits < floor[:, None], -math.inf).logsumexp(-1), floor)

    @staticmethod
    def concatenate(parts: list[Teacher]) -> Teacher:
        """Return the constants of several chunks as one."""
        return Teacher(torch.cat([part.norm for part in parts]), torch.cat([part.floor for part in parts]))


def survey_teacher(
    aligned: OutputHead, trace: Trace, support: int | None, top: int | None
) -> tuple[Teacher, Int[Tensor, " token"]]:
    """Return the teacher's constants, and the tokens that it ranks among its first `top` at some position, ascending.

    Args:
        aligned: the aligned model's output head.
        trace: the positions.
        support: truncate the teacher's distribution to this many tokens and renormalise; None: no truncation.
        top: None: every token.
    """
    vocabulary = len(aligned.weight)
    is_top = torch.full((vocabulary,), top is None or top >= vocabulary, device=aligned.weight.device)
    every = bool(is_top.all())
    parts = []
    for chunk in row_slices(len(trace), positions_at_once(vocabulary)):
        logits = aligned.logits(trace.aligned_hidden[chunk])
        parts.append(Teacher.of(logits, support))
        if top is not None and not every:
            is_top[logits.topk(top).indices.flatten()] = True
    return Teacher.concatenate(parts), is_top.nonzero().squeeze(1)
