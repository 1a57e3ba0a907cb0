"""Conditions on the difference of two variants, paired by question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from superficial.measures.intervals import Estimate, mean_of_columns
from superficial.measures.scores import MEASURES, per_question
from superficial.reporting.claims.condition import Condition
from superficial.reporting.results import Results

# Variants whose scores are subtracted: left minus right.
Pair = tuple[str, str]


def difference(
    results: Results,
    measure: str,
    pairs: Sequence[Pair],
    *,
    above: float = -np.inf,
    below: float = np.inf,
    is_premise: bool = False,
) -> Condition:
    """Return the condition on a measure of one variant minus that of another, averaged over several pairs.

    Args:
        results: the recorded results.
        measure: a key of `MEASURES`.
        pairs: the variants; all pairs are resampled together, question by question.
        above: the lower end of the allowed range.
        below: the upper end of the allowed range.
        is_premise: whether the condition is a premise.
    """
    estimate = mean_difference_of_pairs(results, measure, pairs)
    names = [" and ".join(dict.fromkeys(variants)) for variants in zip(*pairs, strict=True)]
    return Condition(
        f"{MEASURES[measure].label}, {' minus '.join(names)}", estimate, above, below, is_premise=is_premise
    )


def mean_difference_of_pairs(results: Results, measure: str, pairs: Sequence[Pair]) -> Estimate:
    """Return the mean over pairs of variants of left - right, with a paired bootstrap interval over questions."""
    columns = [
        per_question(results.scores(left), measure).minus(per_question(results.scores(right), measure))
        for left, right in pairs
    ]
    return mean_of_columns(columns, seed=0)


def improvement(
    results: Results, measure: str, better: str, worse: str, *, above: float, is_premise: bool = False
) -> Condition:
    """Return the condition that one variant is better than another, whether higher or lower values are better."""
    pair = (better, worse) if MEASURES[measure].sign == 1 else (worse, better)
    return difference(results, measure, [pair], above=above, is_premise=is_premise)
