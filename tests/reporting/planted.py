"""A finished results folder with planted texts and numbers, for what reads one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from repro.engine.paths import ROOT
from superficial.config import Profile
from superficial.reporting.claims.registry import CLAIMS, check
from superficial.reporting.figures.registry import figure_names, write_figure
from superficial.reporting.results import Results
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table, table_names
from tests.reporting.means import CENTRAL

# What a model could say to break a page that is built from what it says.
HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    '<img src="x" onerror="window.hacked = 2">',
    "\"'><svg onload=window.hacked=3>",
    "{{ 7 * 7 }} {% raw %} ${7*7} `backtick` \\u003c \\",
    "<!-- ]]> --> &lt;b&gt; line\u2028separator \u202eright-to-left",
    "javascript:window.hacked=4",
]
WORDS = ["let", "us", "go", *HOSTILE, "\n"]


def _scores(benchmark: str, count: int, at: int) -> pd.DataFrame:
    number = np.arange(count)
    values = number % 5 + 1 if benchmark == "advbench" else (number + at) % 2
    return pd.DataFrame(
        {
            "question_id": [f"{benchmark}-test-{i}" for i in number],
            "benchmark": benchmark,
            "prompt": [f"{HOSTILE[i % len(HOSTILE)]} {i} ?" for i in number],
            "reference": json.dumps({"answer": HOSTILE[0]}),
            "response": [f"{HOSTILE[(i + at) % len(HOSTILE)]} says {at}" for i in number],
            "score": values.astype(float),
            "garbled": 0.0,
            "refused": (values == 1).astype(float),
            "judge": "an oracle",
        }
    )


def _top(rows: int) -> dict[str, list]:
    tokens = [[WORDS[(i + k) % len(WORDS)] for k in range(10)] for i in range(rows)]
    return {"tokens": tokens, "probabilities": [list(0.5 ** np.arange(1, 11)) for _ in range(rows)]}


def plant_view(folder: Path, profile: Profile, questions: int, positions: int) -> None:
    """Write what the viewer shows: so many questions of each benchmark, and so many positions of each response."""
    grid, read = [], []
    for benchmark in profile.evaluated_benchmarks:
        asked = _scores(benchmark, questions, 0)
        grid += [
            _scores(benchmark, questions, at).assign(control="alpha", value=float(value))
            for at, value in enumerate(profile.view.strengths)
        ]
        for question in asked["question_id"]:
            for who in ("base", "aligned", "superficial"):
                rank = np.arange(positions) % 6 + 1
                table = pd.DataFrame({"question_id": question, "response": who, "position": np.arange(positions)})
                table["token"] = [WORDS[i % len(WORDS)] for i in range(positions)]
                table = table.assign(target_rank=rank, target_rank_superficial=1, kl_base=rank / 2, kl_superficial=0.01)
                for model in ("base", "aligned", "superficial"):
                    for name, values in _top(positions).items():
                        table[f"{model}_{name}"] = values
                read.append(table)
    (folder / "view").mkdir(exist_ok=True)
    pd.concat(grid, ignore_index=True).to_parquet(folder / "view" / "grid.parquet")
    pd.concat(read, ignore_index=True).to_parquet(folder / "view" / "positions.parquet")


def planted_run(folder: Path, profile: Profile, questions: int) -> Results:
    """Write what the stages of a profile leave before tables are made of it: scores, measures, cards, style tokens."""
    for at, variant in enumerate(profile.variants):
        for scores in ("scores", "second-scores"):
            (folder / scores / variant).mkdir(parents=True)
        for benchmark in profile.benchmarks_of(variant):
            for scores in ("scores", "second-scores"):
                _scores(benchmark, questions, at).to_parquet(folder / scores / variant / f"{benchmark}.parquet")
    rows = pd.DataFrame({"prompt": np.repeat(np.arange(20), 20), "position": np.tile(np.arange(20), 20)})
    rows = rows.assign(source="x", target="let", student=HOSTILE[0], target_rank=rows["position"] % 5 + 1)
    rows = rows.assign(kl_base=1.0, kl_superficial=0.1, question_id="gsm-test-0")
    (folder / "measures").mkdir()
    for head in profile.heads:
        (folder / "heads" / head).mkdir(parents=True)
        settings = profile.heads[head]
        card = (
            settings.model_dump()
            | {"k": 5, "alpha": 1.0}
            | {"largest_change": 0.0, "validation_kl": [1.0, 0.5, 0.4], "note": HOSTILE[1]}
        )
        (folder / "heads" / head / "card.json").write_text(json.dumps(card))
        changed = [{"token": HOSTILE[3], "id": 1, "mean_change": -1.25}]
        inspection = {"positions": 400, "energy_by_rank": [{"rank": 1, "share": 0.625}]}
        inspection |= {"rises": changed, "falls": changed}
        (folder / "heads" / head / "inspect.json").write_text(json.dumps(inspection))
        rows.to_parquet(folder / "measures" / f"{head}.parquet")
    for world in profile.worlds:
        (folder / "worlds" / world).mkdir(parents=True)
        (folder / "worlds" / world / "style_tokens.txt").write_text("let\nus")
        asked = [f"{benchmark}-test-{number}" for benchmark in profile.benchmarks for number in range(questions)]
        graded = pd.DataFrame({"question_id": asked, "familiarity": np.linspace(0, 1, len(asked))})
        graded.to_parquet(folder / "worlds" / world / "familiarity.parquet")
    return Results(folder, profile, ROOT / "paper")


def planted_results(folder: Path, questions: int = 6, viewed: int = 4, positions: int = 12) -> Results:
    """Write a finished run of profile central: scores, measures, cards, view, tables, figures, claims."""
    profile = CENTRAL
    results = planted_run(folder, profile, questions)
    plant_view(folder, profile, viewed, positions)
    for name in table_names(profile):
        write_table(make_table(results, name), folder / "tables", name)
    for name in figure_names(profile):
        write_figure(results, name, folder / "figures")
    (folder / "claims.json").write_text(json.dumps([check(results, name) for name in CLAIMS]))
    return results
