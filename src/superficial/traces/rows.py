"""Hidden states of many positions that lie in several files: read where they are asked for, never all at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Rows:
    """Matrices one below the other, each left where it is: in a memory map, or in memory.

    Takes what a tensor takes to choose rows: a slice, numbers, or a mask.
    """

    def __init__(self, parts: list[Tensor]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))
        self.shape = (self._ends[-1], parts[0].shape[1])
        self.dtype = parts[0].dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(
        self, at: slice | Int[Tensor, " chosen"] | Bool[Tensor, " position"]
    ) -> Float[Tensor, "chosen width"]:
        """Return the chosen rows, in their order, in memory."""
        if isinstance(at, slice):
            at = torch.arange(len(self))[at]
        if at.dtype == torch.bool:
            at = at.nonzero().squeeze(1)
        found = torch.empty(len(at), self.shape[1], dtype=self.dtype)
        begin = 0
        for part, end in zip(self._parts, self._ends, strict=True):
            here = (at >= begin) & (at < end)
            if here.any():
                found[here] = part[at[here] - begin]
            begin = end
        return found


def slices(count: int, size: int) -> Iterator[slice]:
    """Yield slices of `count` rows, in their order, at most `size` at a time."""
    for begin in range(0, count, size):
        yield slice(begin, begin + size)


def chunks(rows: Tensor | Rows, size: int) -> Iterator[Tensor]:
    """Yield rows in their order, at most `size` at a time."""
    return (rows[at] for at in slices(len(rows), size))
