"""All measures, and their values from the recorded scores of single questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from superficial.benchmarks import benchmark_module, benchmark_names
from superficial.measures.intervals import Estimate, Scores, mean, wilson
from superficial.measures.measure import Measure

# The columns of the paper's tables. The measures of other benchmarks follow by name.
_PAPER_ORDER = ("gsm", "toxigen", "advbench", "truthfulqa", "mmlu")


def _all_measures() -> dict[str, Measure]:
    others = [name for name in benchmark_names() if name not in _PAPER_ORDER]
    measures: dict[str, Measure] = {}
    for benchmark in (*_PAPER_ORDER, *others):
        measures |= benchmark_module(benchmark).MEASURES
    return measures | {"garbled": Measure("Garbled", None, better="lower", values=lambda scores: scores["garbled"])}


MEASURES = _all_measures()


def per_question(scores: Mapping[str, pd.DataFrame], measure: str) -> Scores:
    """Return one value a question of a variant's scores, by benchmark; NaN where the judge gave none.

    Raises:
        KeyError: where the variant has no scores for the measure's benchmark.
    """
    chosen = MEASURES[measure]
    tables = [scores[name] for name in sorted(scores)] if chosen.benchmark is None else [scores[chosen.benchmark]]
    return np.concatenate([chosen.values(rows).to_numpy(dtype=float) for rows in tables])


def estimate(scores: Mapping[str, pd.DataFrame], measure: str) -> Estimate:
    """Return a measure of a variant over what was judged: a rate with its Wilson interval, a mean with a bootstrap."""
    values = per_question(scores, measure)
    values = values[~np.isnan(values)]
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    return wilson(int(values.sum()), len(values)) if MEASURES[measure].is_rate else mean(values, seed=0)
