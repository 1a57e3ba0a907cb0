"""What a measure is. Each benchmark declares its own measures in `superficial.benchmarks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd


def _scores(scores: pd.DataFrame) -> pd.Series:
    return scores["score"]


@dataclass(frozen=True)
class Measure:
    """A column of a score table.

    Attributes:
        label: its name in tables and figures.
        benchmark: the benchmark whose scores it summarizes, or None for the scores of all benchmarks.
        better: whether higher or lower values are better.
        is_rate: whether each question counts as 0 or 1; otherwise the measure is a mean of scores.
        scale: the lowest and the highest value of a question.
        values: from the scores of a benchmark to one value per question, NaN where there is no score.
    """

    label: str
    benchmark: str | None
    better: Literal["higher", "lower"]
    is_rate: bool = True
    scale: tuple[float, float] = (0, 1)
    values: Callable[[pd.DataFrame], pd.Series] = _scores

    @property
    def sign(self) -> int:
        """Return 1 where higher is better, otherwise -1."""
        return 1 if self.better == "higher" else -1

    @property
    def heading(self) -> str:
        """Return the label with an arrow towards better values."""
        return f"{self.label} {'↑' if self.better == 'higher' else '↓'}"

    @property
    def decimals(self) -> int:
        """Return how many decimals are shown."""
        return 3 if self.is_rate else 2
