"""Scores of a variant's single questions, with what the uncertainty of their mean depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Shaped


@dataclass(frozen=True, eq=False)
class QuestionScores:
    """One number per question.

    Attributes:
        benchmark: where the questions are from; scores of the same benchmark are of the same questions.
        values: the numbers; NaN where the judge gave none.
        clusters: a label per question. Questions with the same label are alike: of one entity, group or subject.
        scale: the lowest and the highest number that a question can have.
    """

    benchmark: str
    values: Float[np.ndarray, " question"]
    clusters: Shaped[np.ndarray, " question"]
    scale: tuple[float, float] = (0, 1)

    def judged(self) -> QuestionScores:
        """Return the questions that have a number."""
        known = ~np.isnan(self.values)
        return self if known.all() else self.where(known)

    def where(self, chosen: Shaped[np.ndarray, " question"]) -> QuestionScores:
        """Return some of the questions."""
        return replace(self, values=self.values[chosen], clusters=self.clusters[chosen])

    def codes(self) -> Int[np.ndarray, " question"]:
        """Return the clusters as numbers from 0."""
        return np.unique(self.clusters, return_inverse=True)[1]

    def times(self, factor: float) -> QuestionScores:
        """Return the scores multiplied by a factor, which may be negative."""
        low, high = sorted(factor * end for end in self.scale)
        return replace(self, values=factor * self.values, scale=(low, high))

    def minus(self, other: QuestionScores) -> QuestionScores:
        """Return the differences of two variants on the same questions.

        Raises:
            ValueError: if the two are not of the same questions.
        """
        if len(self.values) != len(other.values):
            counts = f"{len(self.values)} and {len(other.values)}"
            raise ValueError(f"Paired scores must be of the same questions: got {counts} scores.")
        if self.benchmark != other.benchmark or not np.array_equal(self.clusters, other.clusters):
            raise ValueError(
                f"Paired scores must be of the same questions: got those of {self.benchmark} and {other.benchmark}, "
                "or in another order."
            )
        (low, high), (other_low, other_high) = self.scale, other.scale
        return replace(self, values=self.values - other.values, scale=(low - other_high, high - other_low))


def unclustered(values: Float[np.ndarray, " question"], scale: tuple[float, float] = (0, 1)) -> QuestionScores:
    """Return scores of questions that have nothing in common."""
    values = np.asarray(values, dtype=float)
    return QuestionScores("", values, np.arange(len(values)), scale)
