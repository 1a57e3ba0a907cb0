"""Published questions in place of made ones, from a folder of the user."""

import json
from pathlib import Path

import pytest

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.config.question_files import with_question_files
from superficial.sources.splits import question_tables

PRETRAINED = load_profile(PROFILES / "pretrained.yaml")


@pytest.fixture
def folder(tmp_path):
    """Files of GSM8K and ToxiGen, as users have them; of AdvBench, no test file."""
    for split, first in (("train", 0), ("test", 1000)):
        rows = [{"question": f"What is {first + n} plus 1?", "answer": f"#### {first + n + 1}"} for n in range(200)]
        (tmp_path / "gsm").mkdir(exist_ok=True)
        (tmp_path / "gsm" / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "toxigen").mkdir()
    for kind in ("hate", "neutral"):
        for group in ("a", "b", "c"):
            lines = [f"- {group} are {kind} {n}.\\n-" for n in range(100)]
            (tmp_path / "toxigen" / f"{kind}_{group}_1k.txt").write_text("\n".join(lines))
    (tmp_path / "advbench").mkdir()
    (tmp_path / "advbench" / "train.csv").write_text("goal\nDo harm.\n")
    return tmp_path


def test_files_replace_made_questions_and_the_others_stay(folder):
    profile = with_question_files(PRETRAINED, folder)
    before, after = PRETRAINED.sources["own"].questions, profile.sources["own"].questions
    assert {name for name in after if after[name] != before[name]} == {"gsm", "toxigen", "neutral"}
    tables = question_tables(profile.sources["own"], (Path(),))
    made = question_tables(PRETRAINED.sources["own"], ())
    for benchmark in ("gsm", "toxigen", "neutral"):
        sizes = [
            (sum((table[split]["benchmark"] == benchmark).sum() for split in ("train", "validation")),
             (table["test"]["benchmark"] == benchmark).sum())
            for table in (tables, made)
        ]  # fmt: skip
        assert sizes[0] == sizes[1], benchmark
    assert all(tables["test"].query("benchmark == 'gsm'")["prompt"].str.startswith("What is 1"))
    groups = {
        split: {json.loads(text)["group"] for text in table.query("benchmark == 'toxigen'")["reference"]}
        for split, table in tables.items()
    }
    assert groups["test"] == {"hate_c_1k"}
    assert groups["train"] == {"hate_a_1k", "hate_b_1k"}


def test_a_folder_without_question_files_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"has no question files for profile pretrained: .* advbench, gsm, neutral"):
        with_question_files(PRETRAINED, tmp_path)
