"""The per-question rows behind each cell of a table of scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.reporting.page.data import Numbering, finite, write_data
from superficial.reporting.results import Results


def write_rows(results: Results, folder: Path, largest: int | None = None) -> dict[str, Any]:
    """Write rows-VARIANT.js for every variant and questions-N.js for every distinct set of questions.

    Args:
        results: a finished run.
        folder: where the files go.
        largest: how many questions of each benchmark are written, the first ones; None: all.

    Returns:
        for each variant its benchmarks, each with the number N of its set of questions.
    """
    numbers: dict[tuple[str, ...], int] = {}
    index: dict[str, Any] = {}
    for variant in results.profile.variants:
        content = {}
        for benchmark, all_rows in results.scores(variant).items():
            rows = all_rows.head(largest or len(all_rows))
            key = (*rows["question_id"], *rows["prompt"], *rows["reference"])
            if key not in numbers:
                numbers[key] = len(numbers)
                questions = {name: rows[name].tolist() for name in ("question_id", "prompt", "reference")}
                write_data(folder, f"questions-{numbers[key]}", questions)
            content[benchmark] = _content(rows) | {"total": len(all_rows)}
            index.setdefault(variant, {})[benchmark] = numbers[key]
        write_data(folder, f"rows-{variant}", content)
    return index


def _content(rows: pd.DataFrame) -> dict[str, list]:
    """Return responses and scores of a benchmark; equal responses are written once."""
    responses = Numbering()
    numbers = [responses.number(text) for text in rows["response"]]
    return {
        "responses": responses.values(),
        "response": numbers,
        "score": [finite(score) for score in rows["score"]],
        "garbled": rows["garbled"].astype(int).tolist(),
    }


def benchmarks_of(measure: str, results: Results, variant: str) -> list[str]:
    """Return the benchmarks whose rows are behind a measure of a variant."""
    benchmark = MEASURES[measure].benchmark
    return sorted(results.scores(variant)) if benchmark is None else [benchmark]
