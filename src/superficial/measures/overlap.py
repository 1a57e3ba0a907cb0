"""How alike two rankings of tokens are at a position."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def jaccard(first: Iterable[Sequence[Hashable]], second: Iterable[Sequence[Hashable]]) -> list[float]:
    """Return |A n B| / |A u B| at each position, of the first tokens A and B of two models.

    1: the two rank the same tokens first, in whatever order; 0: they share none.

    Args:
        first: the first tokens of one model at each position, at least one.
        second: those of the other.
    """
    pairs = ((set(left), set(right)) for left, right in zip(first, second, strict=True))
    return [len(left & right) / len(left | right) for left, right in pairs]
