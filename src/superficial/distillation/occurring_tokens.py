"""Chooses the rows and columns of W_trans: the tokens that the teacher ranks high, and those the base has in its top k.

A token that is never among the base's k largest logits has a column whose gradient is 0: without it, W_trans is trained
exactly as with it. A row that is left out keeps the base's logit of its token.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.joined import Lesson
from superficial.distillation.residual import teacher_top_tokens
from superficial.heads.black_box import top_k
from superficial.heads.restriction import Restriction
from superficial.traces.chunks import positions_at_once
from superficial.traces.sharded_rows import row_slices

_CHUNK = 2048


def occurring_tokens(lessons: Sequence[Lesson], ks: list[int], settings: BlackBoxSettings) -> dict[int, Restriction]:
    """Return the rows and columns of W_trans by k, from one pass over the training positions of all lessons.

    Of more than `token_limit` tokens, those rows remain with the largest sum of |P_a - P_b| over the positions, and
    those columns with the largest sum of topk(l_b).
    """
    device, size = lessons[0].pair.device, lessons[0].pair.vocabulary_size
    differences = torch.zeros(size, dtype=torch.float64, device=device)
    read = {k: torch.zeros_like(differences) for k in ks}
    is_row = torch.zeros(size, dtype=torch.bool)
    for lesson in lessons:
        pair, train = lesson.pair, lesson.train
        for chunk in row_slices(len(train), positions_at_once(size, _CHUNK)):
            base = pair.base.logits(train.base_hidden[chunk])
            for k in ks:
                read[k] += top_k(base, k).sum(0)
            if settings.largest_side(size) < size:
                aligned = pair.aligned.logits(train.aligned_hidden[chunk])
                differences += (aligned.softmax(-1) - base.softmax(-1)).abs().sum(0)
        is_row[teacher_top_tokens(pair.aligned, train, settings.teacher_top)] = True
    rows = _heaviest(differences.cpu(), is_row, settings.token_limit)
    return {
        k: Restriction.of_masks(rows, _heaviest(sums.cpu(), sums.cpu() > 0, settings.token_limit))
        for k, sums in read.items()
    }


def _heaviest(
    weights: Float[Tensor, " vocab"], occurs: Bool[Tensor, " vocab"], limit: int | None
) -> Bool[Tensor, " vocab"]:
    """Return at most `limit` of the tokens that occur: those of the largest weights."""
    if limit is None or int(occurs.sum()) <= limit:
        return occurs
    order = weights.masked_fill(~occurs, -1).argsort(descending=True, stable=True)
    heaviest = torch.zeros_like(occurs)
    heaviest[order[:limit]] = True
    return heaviest
