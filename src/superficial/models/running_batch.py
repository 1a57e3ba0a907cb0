"""A batch of responses that are being written: rows leave it when they end, and others can join it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn.functional import pad


@dataclass(frozen=True)
class RunningBatch:
    """Texts that grow by one token at a time.

    Attributes:
        numbers: of the prompts.
        ids: each prompt with its response so far, padded on the left.
        mask: 1 for tokens, 0 for padding.
        cache: keys and values of all tokens but the last; None before the first step, or where nothing is cached.
    """

    numbers: list[int]
    ids: Int[Tensor, "row token"]
    mask: Int[Tensor, "row token"]
    cache: Any

    @staticmethod
    def of(numbers: list[int], prompts: list[list[int]], padding: int) -> RunningBatch:
        """Return a batch before its first step; any id serves as padding, as the mask hides it."""
        width = max(map(len, prompts))
        ids = torch.tensor([[padding] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        return RunningBatch(numbers, ids, mask, None)

    @property
    def paddings(self) -> list[int]:
        """Return the padding tokens of each row."""
        return (self.mask.shape[1] - self.mask.sum(-1)).tolist()

    def select(self, rows: list[int]) -> RunningBatch:
        """Return the batch with some of its rows; this one must not be used any more."""
        places = torch.tensor(rows, device=self.ids.device)
        if self.cache is not None:
            self.cache.batch_select_indices(places)
        return RunningBatch([self.numbers[row] for row in rows], self.ids[places], self.mask[rows], self.cache)

    def joined(self, other: RunningBatch) -> RunningBatch:
        """Return both batches as one; neither must be used any more."""
        width = max(batch.mask.shape[1] - min(batch.paddings) for batch in (self, other))
        ids, mask = (
            torch.cat([_fit(own, width, -1), _fit(others, width, -1)])
            for own, others in ((self.ids, other.ids), (self.mask, other.mask))
        )
        for own, others in zip(self.cache.layers, other.cache.layers, strict=True):
            for name in ("keys", "values"):
                states = [_fit(getattr(layer, name), width - 1, -2) for layer in (own, others)]
                setattr(own, name, torch.cat(states))
        return RunningBatch([*self.numbers, *other.numbers], ids, mask, self.cache)


def _fit(values: Tensor, size: int, dimension: int) -> Tensor:
    """Return values with zeros added, or padding removed, on the left of a dimension, counted from the end."""
    missing = size - values.shape[dimension]
    if missing <= 0:
        return values.narrow(dimension, -missing, size)
    return pad(values, (0, 0) * (-1 - dimension) + (missing, 0))
