"""Hidden states of many positions that are spread over several files, read row by row instead of all at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class ShardedRows:
    """Several matrices of equal width that are indexed like their concatenation.

    Each shard stays where it is, in a memory map or in memory; indexing by a slice, row numbers or a mask copies only
    the selected rows.
    """

    def __init__(self, shards: list[Tensor]) -> None:
        self._shards = shards
        self._ends = list(accumulate(map(len, shards)))
        self.shape = (self._ends[-1], shards[0].shape[1])
        self.dtype = shards[0].dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: slice | Int[Tensor, " row"] | Bool[Tensor, " position"]) -> Float[Tensor, "row width"]:
        """Return the selected rows in the order of the index."""
        if isinstance(index, slice):
            index = torch.arange(len(self))[index]
        if index.dtype == torch.bool:
            index = index.nonzero().squeeze(1)
        rows = torch.empty(len(index), self.shape[1], dtype=self.dtype)
        begin = 0
        for shard, end in zip(self._shards, self._ends, strict=True):
            in_shard = (index >= begin) & (index < end)
            if in_shard.any():
                rows[in_shard] = shard[index[in_shard] - begin]
            begin = end
        return rows


def row_slices(count: int, size: int) -> Iterator[slice]:
    """Yield consecutive slices of at most `size` rows that together cover `count` rows."""
    for begin in range(0, count, size):
        yield slice(begin, begin + size)


def row_chunks(rows: Tensor | ShardedRows, size: int) -> Iterator[Tensor]:
    """Yield rows in order, at most `size` at a time."""
    return (rows[chunk] for chunk in row_slices(len(rows), size))
