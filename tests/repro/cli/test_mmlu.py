"""`invoke mmlu` scores a finished run, records what it did, and refuses what it cannot score."""

import json
import shutil
from importlib.util import find_spec

import pandas as pd
import pytest

from repro.cli import mmlu
from repro.cli.common import load_results
from superficial.reporting.provenance import find_damage
from tests.support.commands import invoke

SETTINGS = {"shots": 0, "limit": None, "tasks": ""}
# Words of the lab's vocabulary, in place of the letters.
WORDS = ["apples", "bakery", "anchor", "arrow"]
TASK = """
task: mmlu
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{file}"}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: {words}
doc_to_target: answer
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
"""


def score(monkeypatch, folder, variant="Small", installed=True, **settings):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(folder))
    monkeypatch.setattr(mmlu, "find_spec", lambda _: installed or None)
    # A run that has only begun.
    (folder / "smoke").mkdir(exist_ok=True)
    return mmlu.score(load_results("smoke"), "smoke", variant, SETTINGS | settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"installed": False}, r"lm-eval is not installed: pip install -e \.\[mmlu\]"),
        ({"variant": "Smal"}, "There is no variant 'Smal' in profile smoke; there are Small, "),
        ({"shots": -1}, "shots is -1; it must be at least 0"),
        ({"limit": -2}, "limit is -2; it must be at least 1"),
        ({}, "models/small/model.safetensors does not exist yet: run `invoke reproduce-all --profile smoke`"),
    ],
    ids=["no lm-eval", "no such variant", "shots", "limit", "no run"],
)
def test_what_cannot_be_scored_is_refused_before_the_run(monkeypatch, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        score(monkeypatch, tmp_path, **settings)


@pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-eval is not installed: pip install -e .[mmlu]")
def test_a_variant_is_scored_and_recorded(run, monkeypatch, tmp_path):
    folder = shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    (tmp_path / "tasks").mkdir()
    rows = [{"question": "what is the capital", "answer": n % 4} for n in range(8)]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = TASK.format(file=tmp_path / "test.jsonl", words=json.dumps(WORDS))
    (tmp_path / "tasks" / "mmlu.yaml").write_text(task, encoding="utf-8")
    file = score(monkeypatch, tmp_path, "Small+Superficial", tasks=str(tmp_path / "tasks"))
    # All questions are the same, so that the same word is always the most likely one.
    assert pd.read_parquet(file)["score"].mean() == 0.25
    record = json.loads((folder / "provenance" / "mmlu-Small+Superficial.json").read_text())
    assert {"models/small/model.safetensors", "heads/small/head.safetensors"} <= set(record["inputs"])
    assert list(record["outputs"]) == ["mmlu/Small+Superficial.parquet"]
    assert list(find_damage(folder)) == []
    code, out, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke", "--dry-run")
    assert (code, out.strip()) == (0, "nothing to do"), error
