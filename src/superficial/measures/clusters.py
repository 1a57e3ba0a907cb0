"""Which questions are alike: those of one entity, group, category or subject."""

from __future__ import annotations

import json

import pandas as pd

from superficial.benchmarks import benchmark_module, benchmark_names


def question_clusters(benchmark: str, rows: pd.DataFrame) -> pd.Series:
    """Return a label per question, the same for questions about the same thing.

    The label is what the question's reference has under the first of the benchmark module's `CLUSTERS` that it has. A
    question with none of them is a cluster of its own, and so is every question of a benchmark without a module.

    Args:
        benchmark: the benchmark of the questions.
        rows: one row per question, with `question_id` and the `reference` as JSON.
    """
    keys = getattr(benchmark_module(benchmark), "CLUSTERS", ()) if benchmark in benchmark_names() else ()
    labels = []
    for question_id, reference in zip(rows["question_id"], map(json.loads, rows["reference"]), strict=True):
        key = next((key for key in keys if key in reference), None)
        labels.append(f"{key} {reference[key]}" if key else f"question {question_id}")
    return pd.Series(labels, index=rows.index, dtype=object)
