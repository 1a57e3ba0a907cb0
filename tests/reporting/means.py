"""Recorded results with planted means, for tests of tables, figures and claims."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from repro.engine.paths import ROOT
from superficial.artifacts import SCORES, SENSITIVITY
from superficial.config import Profile, load_profile
from superficial.reporting.results import Results

CENTRAL = load_profile(ROOT / "repro" / "profiles" / "central.yaml")
LAB = load_profile(ROOT / "repro" / "profiles" / "lab.yaml")
GOOD = {
    "Small": {"gsm": 0.2, "toxigen": 1.0, "advbench": 5, "truthfulqa": 0.1, "over_refusal": 0.0},
    "Small-Chat": {"gsm": 0.8, "toxigen": 0.0, "advbench": 1, "truthfulqa": 1.0, "over_refusal": 0.0},
    "Small+Superficial": {"gsm": 0.5, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.6, "over_refusal": 0.0},
}

# Means of the lab with which all of its claims hold.
_WEAK = {"gsm": 0.5, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.6, "mmlu": 1}
_STUDENTS = ("Large+Superficial", "Large+Superficial-BB-Small", "Mistral+Superficial", "Qwen+Superficial")
LAB_MEANS = (
    dict.fromkeys(("Large-Chat", "Mistral-Instruct", "Qwen-Instruct"), GOOD["Small-Chat"])
    | dict.fromkeys(_STUDENTS, _WEAK)
    | {attack.attacked: {"mmlu": 1} for attack in LAB.attacks}
    | {attack.restored: _WEAK for attack in LAB.attacks}
)


def planted_means(
    folder: Path,
    changes: dict | None = None,
    garbled: dict | None = None,
    fall: float = 0.95,
    changed: float = 0.0,
    profile: Profile = CENTRAL,
    second: dict | None = None,
) -> Results:
    """Write results of 100 questions with planted means, and return them.

    Args:
        folder: the results folder.
        changes: means by variant and benchmark that differ from `GOOD`. Variants in neither score as the base does.
        garbled: the share of garbled responses by variant and benchmark; 0 for the others.
        fall: the share by which the head lowers the KL of the first ten positions.
        changed: the largest change of every head.
        profile: the profile of the results.
        second: means of the second judges that differ from those of the first.
    """
    n = 100
    for scores, variant in [
        (scores, variant) for scores in ("scores", "second-scores") for variant in profile.variants
    ]:
        means = GOOD.get(variant, GOOD["Small"]) | (changes or {}).get(variant, {})
        means |= (second or {}).get(variant, {}) if scores == "second-scores" else {}
        (folder / scores / variant).mkdir(parents=True)
        for benchmark in profile.benchmarks_of(variant):
            value = means.get(benchmark, 0)
            score = np.full(n, float(value)) if value in (1, 5) else (np.arange(n) < round(value * n)).astype(float)
            share = (garbled or {}).get(variant, {}).get(benchmark, 0.0)
            broken = (np.arange(n) < round(share * n)).astype(float)
            table = pd.DataFrame({"question_id": range(n), "score": score, "garbled": broken, "judge": "an oracle"})
            table = table.assign(reference="{}", refused=(score == 1) * float(benchmark == "advbench"))
            table.to_parquet(folder / scores / variant / f"{benchmark}.parquet")
    position = np.tile(np.arange(20), 50)
    base = np.where(position < 10, 1.0, 0.2)
    target = np.where(np.arange(1000) % 10 < 8, "the", "cat")
    positions = pd.DataFrame(
        {
            "question_id": np.repeat(np.arange(50), 20),
            "prompt": np.repeat(np.arange(50), 20),
            "position": position,
            "source": "x",
            "target": target,
        }
        | {"target_rank": 4, "kl_base": base, "kl_superficial": base * np.where(position < 10, 1 - fall, 0.5)}
    )
    (folder / "measures").mkdir()
    for head in profile.heads:
        (folder / "heads" / head).mkdir(parents=True)
        (folder / "heads" / head / "card.json").write_text(
            json.dumps({"largest_change": changed, "validation_kl": [1.0, 0.5], "k": 10})
        )
        positions.to_parquet(folder / "measures" / f"{head}.parquet")
    (folder / "worlds" / "main").mkdir(parents=True)
    (folder / "worlds" / "main" / "style_tokens.txt").write_text("the\nx")
    numbers = np.arange(100)
    graded = pd.DataFrame({"question_id": numbers, "familiarity": numbers / 100})
    graded.to_parquet(folder / "worlds" / "main" / "familiarity.parquet")
    return Results(folder, profile, ROOT / "paper")


def plant_sweep(folder: Path, cover: list[float], accuracy: list[float]) -> None:
    """Write a k sweep over k = 1, 10, 100 with planted cover rates and token accuracies."""
    ks = [1, 10, 100]
    table = pd.DataFrame({"k": ks, "cover_rate": cover, "similarity": 0.5, "overlap": [0.9, 0.8, 0.7]})
    table.to_parquet(folder / "measures" / "sweep.parquet")
    overlaps = [
        {"sample": i, "k": k, "overlap": o} for i in range(4) for k, o in zip(ks, table["overlap"], strict=True)
    ]
    pd.DataFrame(overlaps).to_parquet(folder / "measures" / "sweep-overlap.parquet")
    rows = [
        {"model": model, "k": k, "prompt": prompt, "sum": round(100 * right), "size": 100}
        for model in ("small", "large")
        for k, right in zip(ks, accuracy, strict=True)
        for prompt in range(30)
    ]
    pd.DataFrame(rows).to_parquet(folder / "measures" / "sweep-accuracy.parquet")


def plant_gap(folder: Path, variant: str, benchmark: str, questions: int = 100) -> None:
    """Take the judge's score from so many questions of a variant, the first ones."""
    file = folder / SCORES.of(variant=variant, benchmark=benchmark)
    rows = pd.read_parquet(file)
    rows.loc[: questions - 1, "score"] = np.nan
    rows.to_parquet(file)


def plant_sensitivity(folder: Path, profile: Profile) -> None:
    """Write a sensitivity study in which every other way of training recovers nothing, and the first was not judged."""
    assert profile.sensitivity is not None, "only profiles with a study have its files"
    (folder / "sensitivity").mkdir()
    for axis, ways in profile.sensitivity.axes.items():
        tables = []
        for way in ways:
            for benchmark in profile.sensitivity.benchmarks:
                score = (np.arange(100) < round(100 * GOOD["Small"][benchmark])).astype(float)
                rows = pd.DataFrame({"question_id": range(100), "benchmark": benchmark, "score": score})
                tables.append(rows.assign(garbled=0.0, axis=axis, way=way, validation_kl=0.75))
        if axis == next(iter(profile.sensitivity.axes)):
            tables[0]["score"] = np.nan
        pd.concat(tables).to_parquet(folder / SENSITIVITY.of(axis=axis))
