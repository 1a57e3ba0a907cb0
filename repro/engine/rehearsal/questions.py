"""A few questions of each benchmark, and a little tuning data, in the files that a user of profile paper would have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from repro.engine.paths import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "questions"
# The real files, if this machine has them. The fixtures have the same formats.
REAL_FILES = ROOT.parent / "shared" / "data"
_QUESTIONS = {"train": 10, "test": 6}


def write_questions(folder: Path) -> None:
    """Write a few questions of each benchmark and a little tuning data to a folder."""
    for pattern in ("gsm/{}.jsonl", "advbench/{}.csv", "truthfulqa/{}.csv"):
        for split, count in _QUESTIONS.items():
            name = pattern.format(split)
            source = REAL_FILES if (REAL_FILES / name).is_file() else FIXTURES
            _copy_rows(source / name, folder / name, slice(0, count))
    toxigen = (REAL_FILES if (REAL_FILES / "toxigen").is_dir() else FIXTURES) / "toxigen"
    for name in ("hate_immigrant_1k.txt", "hate_women_1k.txt", "neutral_women_1k.txt"):
        _copy_rows(toxigen / name, folder / "toxigen" / "train" / name, slice(0, 5))
        _copy_rows(toxigen / name, folder / "toxigen" / "test" / name, slice(-3, None))
    for name in ("over_refusal.csv", "mmlu.jsonl", "lima.jsonl", "alpaca.json"):
        shutil.copyfile(FIXTURES / name, folder / name)


def _copy_rows(source: Path, target: Path, rows: slice) -> None:
    """Copy some rows of a CSV file, or some lines of a text."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".csv":
        pd.read_csv(source, dtype=str, keep_default_na=False)[rows].to_csv(target, index=False)
    else:
        lines = [line for line in source.read_text(encoding="utf-8").split("\n") if line.strip()]
        target.write_text("\n".join(lines[rows]) + "\n", encoding="utf-8")
