"""The page's token-shift viewer of single questions, from what the stage `view` recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from superficial.artifacts import VIEW_GRID, VIEW_POSITIONS
from superficial.measures.overlap import jaccard
from superficial.measures.scores import MEASURES, values
from superficial.reporting.page.data import Numbering, finite, packed, write_data
from superficial.reporting.results import Results

# The responses that are shown, and the models whose predictions are shown at each of their positions.
RESPONSES = ("aligned", "base", "superficial")
MODELS = ("base", "aligned", "superficial")


def has_view(results: Results) -> bool:
    """Tell whether the profile has a view and the run has recorded it."""
    return results.profile.view is not None and (results.folder / VIEW_POSITIONS.of()).is_file()


def write_viewer(results: Results, folder: Path) -> list[dict[str, Any]]:
    """Write view-BENCHMARK.js for every benchmark of the view.

    Returns:
        for each benchmark what the page must know before it loads the file: name, ids of questions, whether harmful.
    """
    positions = pd.read_parquet(results.folder / VIEW_POSITIONS.of())
    grid = pd.read_parquet(results.folder / VIEW_GRID.of())
    by_response = dict(list(positions.groupby(["question_id", "response"])))
    index = []
    for benchmark, rows in grid.groupby("benchmark", sort=False):
        words, aligned_scores = Numbering(), _aligned_scores(results, str(benchmark))
        questions = []
        for question, of_question in rows.groupby("question_id", sort=False):
            responses = {model: response_data(by_response[question, model], words) for model in RESPONSES}
            questions.append(
                {"id": question, "prompt": of_question["prompt"].iloc[0], "reference": of_question["reference"].iloc[0]}
                | {"responses": responses, "by_value": _responses_by_value(of_question)}
                | {"aligned_score": aligned_scores.get(question)}
            )
        values = {control: sorted(of_control["value"].unique()) for control, of_control in rows.groupby("control")}
        means = _means(rows, str(benchmark))
        content = {"questions": questions, "values": values, "means": means, "words": words.values()}
        write_data(folder, f"view-{benchmark}", content)
        harmful = results.profile.benchmarks[benchmark].harmful
        index.append({"name": benchmark, "questions": [q["id"] for q in questions], "harmful": harmful})
    return index


def response_data(positions: pd.DataFrame, words: Numbering) -> dict[str, Any]:
    """Return a response token by token, as the page reads it.

    Args:
        positions: one row per position, with tokens as texts, see `superficial.traces.predictions`.
        words: numbers the texts of tokens.

    Returns:
        the tokens; before and after the head the rank of the aligned model's top token, the KL in nats, and the Jaccard
        index of the first tokens with those of the aligned model; the first tokens of each model.
    """
    top = {
        model: packed(
            np.array([[words.number(word) for word in row] for row in positions[f"{model}_tokens"]]),
            np.array([*positions[f"{model}_probabilities"]], dtype=float),
        )
        for model in MODELS
    }
    return {
        "tokens": [words.number(word) for word in positions["token"]],
        "rank": {"before": positions["target_rank"].tolist(), "after": positions["target_rank_superficial"].tolist()},
        "kl": {
            when: positions[column].clip(lower=0).round(4).tolist()
            for when, column in (("before", "kl_base"), ("after", "kl_superficial"))
        },
        "overlap": {
            when: [round(index, 2) for index in jaccard(positions[f"{model}_tokens"], positions["aligned_tokens"])]
            for when, model in (("before", "base"), ("after", "superficial"))
        },
        "top": top,
    }


def _responses_by_value(rows: pd.DataFrame) -> dict[Any, list]:
    """Return, for strength and for k, the response, score and garbled flag at each value."""
    return {
        control: [
            [row.response, finite(row.score), bool(row.garbled)] for row in of_control.sort_values("value").itertuples()
        ]
        for control, of_control in rows.groupby("control")
    }


def _means(grid: pd.DataFrame, benchmark: str) -> list[dict[str, Any]]:
    """Return the benchmark's measures over the questions shown, at each value of strength and of k."""
    rows = []
    for name, measure in MEASURES.items():
        if measure.benchmark not in (benchmark, None):
            continue
        means: dict[str, list[float | None]] = {}
        for (control, _), of_value in grid.groupby(["control", "value"]):
            scores = values({benchmark: of_value}, name)
            judged = scores[~np.isnan(scores)]
            means.setdefault(control, []).append(round(float(judged.mean()), 4) if len(judged) else None)
        rows.append({"label": measure.label, "better": measure.better, "means": means})
    return rows


def _aligned_scores(results: Results, benchmark: str) -> dict[str, float | None]:
    """Return the aligned model's score by question, where a variant evaluates it with the prompt of the pair."""
    profile = results.profile
    assert profile.view is not None, "only profiles with a view have a viewer"
    pair = profile.pairs[profile.heads[profile.view.head].pair]
    for name, variant in profile.variants.items():
        prompting = (variant.model, variant.prompt_format, variant.wrapper)
        is_aligned = (
            prompting == (pair.aligned, pair.aligned_prompt_format, pair.aligned_wrapper) and variant.head is None
        )
        if is_aligned and benchmark in profile.benchmarks_of(name):
            scores = results.scores(name)[benchmark].set_index("question_id")["score"]
            return {str(question): finite(score) for question, score in scores.items()}
    return {}
