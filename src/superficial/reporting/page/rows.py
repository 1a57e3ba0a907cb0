"""The per-question rows behind a cell of a table of scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from superficial.measures.scores import MEASURES
from superficial.reporting.page.data import Numbered, write_data
from superficial.reporting.results import Results


def write_rows(results: Results, folder: Path) -> dict[str, Any]:
    """Write rows-VARIANT.js for every variant and questions-N.js for every set of questions that is asked.

    Returns:
        per variant the benchmarks and the number of their set of questions.
    """
    sets: dict[tuple[str, ...], int] = {}
    index: dict[str, Any] = {}
    for variant in results.profile.variants:
        content = {}
        for benchmark, rows in results.scores(variant).items():
            key = (*rows["question_id"], *rows["prompt"], *rows["reference"])
            if key not in sets:
                sets[key] = len(sets)
                columns = {name: rows[name].tolist() for name in ("question_id", "prompt", "reference")}
                write_data(folder, f"questions-{sets[key]}", columns)
            said = Numbered()
            numbers = [said.number(text) for text in rows["response"]]
            content[benchmark] = {"said": said.values(), "response": numbers}
            content[benchmark] |= {"score": rows["score"].tolist(), "garbled": rows["garbled"].astype(int).tolist()}
            index.setdefault(variant, {})[benchmark] = sets[key]
        write_data(folder, f"rows-{variant}", content)
    return index


def benchmarks_of(measure: str, results: Results, variant: str) -> list[str]:
    """Return the benchmarks whose rows are behind a measure of a variant."""
    named = MEASURES[measure].benchmark
    return sorted(results.scores(variant)) if named is None else [named]
