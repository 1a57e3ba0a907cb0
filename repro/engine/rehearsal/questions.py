"""A few questions of each benchmark, and a little tuning data, in the layouts in which their authors publish them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from repro.engine.paths import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "questions"
# The real files, if this machine has them. The fixtures have the same formats.
REAL_FILES = ROOT.parent / "shared" / "data"
_QUESTIONS = {"train": 10, "test": 6}
# Data sets of the hub: the name of a Parquet file in its repository, with the repository's name.
_PARQUET = "{name}-00000-of-00001.parquet"
ALPACA = "tatsu-lab/alpaca/data/train-00000-of-00001-a09b74b3ef9c3b56.parquet"


def write_data_sets(folder: Path) -> None:
    """Write the data sets of the hub, each as a repository `OWNER/NAME` in a folder."""
    for split, count in _QUESTIONS.items():
        lines = _source(f"gsm/{split}.jsonl").read_text(encoding="utf-8").splitlines()
        _write_parquet(map(json.loads, lines[:count]), folder / "openai/gsm8k/main" / _PARQUET.format(name=split))
    mmlu = (FIXTURES / "mmlu.jsonl").read_text(encoding="utf-8").splitlines()
    _write_parquet(map(json.loads, mmlu), folder / "cais/mmlu/all" / _PARQUET.format(name="test"))
    over_refusal = pd.read_csv(FIXTURES / "over_refusal.csv", dtype=str, keep_default_na=False)
    _write_parquet(over_refusal.to_dict("records"), folder / "walledai/XSTest/data" / _PARQUET.format(name="train"))
    _write_parquet(json.loads((FIXTURES / "alpaca.json").read_text(encoding="utf-8")), folder / ALPACA)
    lima = folder / "GAIR/lima/train.jsonl"
    lima.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FIXTURES / "lima.jsonl", lima)


def write_addresses(folder: Path) -> None:
    """Write the files that are read from addresses."""
    for name in ("advbench", "truthfulqa"):
        for split, count in _QUESTIONS.items():
            _copy_rows(_source(f"{name}/{split}.csv"), folder / name / f"{split}.csv", slice(0, count))
    for name in ("hate_immigrant_1k.txt", "hate_women_1k.txt", "neutral_women_1k.txt"):
        _copy_rows(_source(f"toxigen/{name}"), folder / "toxigen" / "train" / name, slice(0, 5))
        _copy_rows(_source(f"toxigen/{name}"), folder / "toxigen" / "test" / name, slice(-3, None))


def _source(name: str) -> Path:
    return (REAL_FILES if (REAL_FILES / name).is_file() else FIXTURES) / name


def _write_parquet(rows: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(list(rows)).to_parquet(path, index=False)


def _copy_rows(source: Path, target: Path, rows: slice) -> None:
    """Copy some rows of a CSV file, or some lines of a text."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".csv":
        pd.read_csv(source, dtype=str, keep_default_na=False)[rows].to_csv(target, index=False)
    else:
        lines = [line for line in source.read_text(encoding="utf-8").split("\n") if line.strip()]
        target.write_text("\n".join(lines[rows]) + "\n", encoding="utf-8")
