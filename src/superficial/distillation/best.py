"""What validation decides: the best point of a search, and when the search ends."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


class Best:
    """The point with the lowest validation KL so far, and the KL of all that were offered.

    Attributes:
        point: what the search moves: rows, or the factors of their change.
        kl: in nats, of the first point and of each that was offered.
    """

    def __init__(self, measure: Callable[[Tensor], float], point: Tensor) -> None:
        self._measure = measure
        self.point, self.kl = point, [measure(point)]

    @property
    def lowest(self) -> float:
        """Return the KL of the best point."""
        return min(self.kl)

    def offer(self, point: Tensor) -> float:
        """Keep a copy of a point if it is the best so far; return its KL."""
        kl = self._measure(point)
        if kl < self.lowest:
            self.point = point.clone()
        self.kl.append(kl)
        return kl


class Patience:
    """Tells when the validation KL of a search no longer falls.

    Args:
        smallest_gain: the share by which a check must bring the KL below the lowest.
        checks: the search is over after so many in a row that do not.
    """

    def __init__(self, smallest_gain: float, checks: int) -> None:
        self._smallest_gain, self._checks = smallest_gain, checks
        self._lowest, self._without_gain = float("inf"), 0

    def is_over(self, kl: float) -> bool:
        """Take in the KL of the next check; return whether the search should end."""
        if kl < self._lowest - self._smallest_gain * abs(kl):
            self._lowest, self._without_gain = kl, 0
        else:
            self._without_gain += 1
        return self._without_gain == self._checks
