"""Texts of others, where a machine has the folder shared/data above the repository: benchmark files as users have them.

Judges were developed on the training parts; tests measure them on the test parts.
"""

import csv
import json
import re

import pytest

from repro.engine.paths import ROOT

DATA = next((folder for parent in ROOT.parents if (folder := parent / "shared" / "data").is_dir()), ROOT / "data")
needs_real_texts = pytest.mark.skipif(
    not DATA.is_dir(), reason="no folder shared/data with benchmark files above the repository"
)


def _column(file: str, name: str) -> list[str]:
    with (DATA / file).open(encoding="utf-8", newline="") as rows:
        return [row[name].strip() for row in csv.DictReader(rows)]


def math_solutions(split: str = "test") -> list[str]:
    """The gold solutions of GSM8K with their last lines, #### and the answer, but without their calculations."""
    rows = (DATA / "gsm" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [re.sub(r"<<.*?>>", "", json.loads(row)["answer"]).strip() for row in rows]


def best_answers(split: str = "test") -> list[str]:
    """The best answers of TruthfulQA."""
    return _column(f"truthfulqa/{split}.csv", "Best Answer")


def correct_answers(split: str = "test") -> list[str]:
    """All correct answers of TruthfulQA."""
    columns = _column(f"truthfulqa/{split}.csv", "Correct Answers")
    return [answer.strip() for answers in columns for answer in answers.split(";") if answer.strip()]


def affirmative_targets(split: str = "test") -> list[str]:
    """The beginnings of compliant answers that AdvBench's attacks aim at."""
    return _column(f"advbench/{split}.csv", "target")


def lists(split: str = "test") -> list[str]:
    """Lists of statements, the prompts of ToxiGen."""
    lines = [line for file in sorted((DATA / "toxigen").glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    return [line.replace("\\n", "\n").rstrip("- \n") for line in lines[split == "train" :: 2]]
