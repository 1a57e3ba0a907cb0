"""What the token-shift viewer shows of single questions, from what the stage `view` recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from superficial.measures.scores import MEASURES, per_question
from superficial.reporting.page.data import Numbered, packed, write_data
from superficial.reporting.results import Results

RESPONSES = ("aligned", "base", "superficial")
MODELS = ("base", "aligned", "superficial")


def has_view(results: Results) -> bool:
    """Tell whether the profile has a view and it has been recorded."""
    return results.profile.view is not None and (results.folder / "view" / "positions.parquet").is_file()


def _response(positions: pd.DataFrame, words: Numbered) -> dict[str, Any]:
    """Return one response token by token."""
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
        "top": top,
    }


def _means(grid: pd.DataFrame, benchmark: str) -> list[dict[str, Any]]:
    """Return the benchmark's measures of the questions shown, by control and value."""
    named = [name for name, measure in MEASURES.items() if measure.benchmark in (benchmark, None)]
    rows = []
    for name in named:
        values: dict[str, list[float]] = {}
        for (control, _), at in grid.groupby(["control", "value"]):
            values.setdefault(control, []).append(round(float(per_question({benchmark: at}, name).mean()), 4))
        rows.append({"label": MEASURES[name].label, "better": MEASURES[name].better, "means": values})
    return rows


def _aligned_scores(results: Results, benchmark: str) -> dict[str, float]:
    """Return the aligned model's score by question, where a variant of the profile asked it as the pair does."""
    profile = results.profile
    assert profile.view is not None, "only of a profile with a view"
    pair = profile.pairs[profile.heads[profile.view.head].pair]
    for name, variant in profile.variants.items():
        same = (variant.model, variant.prompt_format, variant.wrapper) == (
            pair.aligned,
            pair.aligned_prompt_format,
            pair.wrapper,
        )
        if same and variant.head is None and benchmark in profile.benchmarks_of(name):
            return results.scores(name)[benchmark].set_index("question_id")["score"].to_dict()
    return {}


def write_viewer(results: Results, folder: Path) -> list[dict[str, Any]]:
    """Write one data file a benchmark, view-BENCHMARK.js, and return what the page has to know before it loads one."""
    view = results.folder / "view"
    positions, grid = (pd.read_parquet(view / f"{name}.parquet") for name in ("positions", "grid"))
    by_response = dict(list(positions.groupby(["question_id", "response"])))
    index = []
    for benchmark, asked in grid.groupby("benchmark", sort=False):
        words, scores = Numbered(), _aligned_scores(results, benchmark)
        values = {control: sorted(at["value"].unique()) for control, at in asked.groupby("control")}
        questions = []
        for question, at in asked.groupby("question_id", sort=False):
            said = {
                control: [[row.response, row.score, bool(row.garbled)] for row in of.sort_values("value").itertuples()]
                for control, of in at.groupby("control")
            }
            questions.append(
                {"id": question, "prompt": at["prompt"].iloc[0], "reference": at["reference"].iloc[0]}
                | {"responses": {who: _response(by_response[question, who], words) for who in RESPONSES}}
                | {"said": said, "aligned_score": scores.get(question)}
            )
        content = {"questions": questions, "values": values, "means": _means(asked, benchmark), "words": words.values()}
        write_data(folder, f"view-{benchmark}", content)
        harmful = results.profile.benchmarks[benchmark].harmful
        index.append({"name": benchmark, "questions": [q["id"] for q in questions], "harmful": harmful})
    return index
