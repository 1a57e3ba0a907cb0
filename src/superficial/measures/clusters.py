"""Which questions are alike: those of one entity, group, category or subject."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from superficial.benchmarks import benchmark_module, benchmark_names


def cluster_label(benchmark: str, question_id: str, reference: dict[str, Any]) -> str:
    """Return a label that is the same for questions about the same thing.

    The label is what the reference has under the first of the benchmark module's `CLUSTERS` that it has. A question
    with none of them is a cluster of its own, and so is every question of a benchmark without a module.
    """
    keys = getattr(benchmark_module(benchmark), "CLUSTERS", ()) if benchmark in benchmark_names() else ()
    key = next((key for key in keys if key in reference), None)
    return f"{key} {reference[key]}" if key else f"question {question_id}"


def question_clusters(benchmark: str, rows: pd.DataFrame) -> pd.Series:
    """Return the label of each question, see `cluster_label`.

    Args:
        benchmark: the benchmark of the questions.
        rows: one row per question, with `question_id` and the `reference` as JSON.
    """
    labels = [
        cluster_label(benchmark, question_id, json.loads(reference))
        for question_id, reference in zip(rows["question_id"], rows["reference"], strict=True)
    ]
    return pd.Series(labels, index=rows.index, dtype=object)
