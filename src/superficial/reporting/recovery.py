"""Recovered shares of a profile's comparisons, from recorded scores."""

from __future__ import annotations

import numpy as np

from superficial.config import Comparison
from superficial.measures.intervals import Estimate
from superficial.measures.question_scores import QuestionScores
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, per_question
from superficial.reporting.results import Results

# The name under which the four rates are pooled into one share.
ALL_FOUR = "all four"
# A mean over the ratios of all four rates would give tiny gaps the weight of large ones.
_NOT_DEFINED = Estimate(np.nan, np.nan, np.nan, missing="-")


def comparison_share(results: Results, comparison: str, measure: str, pooled: bool = True) -> Estimate:
    """Return the recovered share of a comparison of the profile.

    Args:
        results: the recorded results.
        comparison: a key of the profile's `recovery`; it may hold several model pairs.
        measure: a measure, or `ALL_FOUR` to sum gains and gaps over the four rates.
        pooled: take sum of gains / sum of gaps; otherwise the mean of the ratios of single pairs.

    Returns:
        the share; its value is missing where there is no gap, and for the mean of ratios of `ALL_FOUR`.
    """
    if measure == ALL_FOUR and not pooled:
        return _NOT_DEFINED
    measures = FOUR_RATES if measure == ALL_FOUR else (measure,)
    measured = [(name, pair) for name in measures for pair in results.profile.recovery[comparison]]

    def scores_of(role: str) -> list[QuestionScores]:
        return [scores_towards_better(results, getattr(pair, role), name) for name, pair in measured]

    return recovered_share(scores_of("base"), scores_of("aligned"), scores_of("student"), seed=0, pooled=pooled)


def scores_towards_better(results: Results, variant: str, measure: str) -> QuestionScores:
    """Return a variant's numbers per question, with the sign turned where lower is better."""
    return per_question(results.scores(variant), measure).times(MEASURES[measure].sign)


def measures_with_share(results: Results, comparisons: list[Comparison]) -> list[str]:
    """Return the measures for which all variants of the comparisons have scores, and `ALL_FOUR` where it applies."""
    variants = [variant for comparison in comparisons for variant in comparison.model_dump().values()]
    benchmarks = set.intersection(*(set(results.profile.benchmarks_of(variant)) for variant in variants))
    measures = [measure for measure in (*FOUR_RATES, "marks") if MEASURES[measure].benchmark in benchmarks]
    return [*measures, ALL_FOUR] if set(FOUR_RATES) <= set(measures) else measures
