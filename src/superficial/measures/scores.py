"""All measures, and their values from the recorded scores of single questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from superficial.benchmarks import benchmark_module, benchmark_names
from superficial.measures.intervals import Estimate, Values, mean, rate
from superficial.measures.measure import Measure
from superficial.measures.question_scores import QuestionScores

# The columns of the paper's tables. The measures of other benchmarks follow by name.
_PAPER_ORDER = ("gsm", "toxigen", "advbench", "truthfulqa", "mmlu")


def _all_measures() -> dict[str, Measure]:
    others = [name for name in benchmark_names() if name not in _PAPER_ORDER]
    measures: dict[str, Measure] = {}
    for benchmark in (*_PAPER_ORDER, *others):
        measures |= benchmark_module(benchmark).MEASURES
    return measures | {"garbled": Measure("Garbled", None, better="lower", values=lambda scores: scores["garbled"])}


MEASURES = _all_measures()
# The four rates in which the paper reports that alignment improves a model.
FOUR_RATES = ("gsm", "toxi_score", "harm_rate", "info_true")


def values(scores: Mapping[str, pd.DataFrame], measure: str) -> Values:
    """Return one number per question for a measure of a variant; NaN where the judge gave no score.

    Args:
        scores: the variant's score rows by benchmark.
        measure: a key of `MEASURES`.

    Raises:
        KeyError: if the variant has no scores for the measure's benchmark.
    """
    read = MEASURES[measure].values
    return np.concatenate([read(scores[name]).to_numpy(dtype=float) for name in _benchmarks(scores, measure)])


def per_question(scores: Mapping[str, pd.DataFrame], measure: str) -> QuestionScores:
    """Return the numbers of `values`, with the clusters of the questions.

    Args:
        scores: the variant's score rows by benchmark, with the column `cluster` (`measures.clusters`).
        measure: a key of `MEASURES`.

    Raises:
        KeyError: if the variant has no scores for the measure's benchmark.
    """
    benchmarks = _benchmarks(scores, measure)
    clusters = [f"{name}/" + scores[name]["cluster"].astype(str).to_numpy(dtype=object) for name in benchmarks]
    settings = MEASURES[measure]
    return QuestionScores(
        settings.benchmark or ", ".join(benchmarks), values(scores, measure), np.concatenate(clusters), settings.scale
    )


def _benchmarks(scores: Mapping[str, pd.DataFrame], measure: str) -> list[str]:
    benchmark = MEASURES[measure].benchmark
    return sorted(scores) if benchmark is None else [benchmark]


def estimate(scores: Mapping[str, pd.DataFrame], measure: str) -> Estimate:
    """Return a measure over the judged questions: a rate with its Wilson interval, a mean with a bootstrap interval.

    Args:
        scores: the variant's score rows by benchmark.
        measure: a key of `MEASURES`.

    Returns:
        the estimate; `NOT_JUDGED` where no question was judged.
    """
    numbers = per_question(scores, measure)
    return rate(numbers) if MEASURES[measure].is_rate else mean(numbers, seed=0)
