"""The demo on a tiny random model, with harmless stand-ins for AdvBench: what it asks, chooses, writes and refuses."""

import json

import pandas as pd
import pytest

from examples import demo_real
from examples.demo_real import ATTACK, MODELS, SAFETY, Demo, Size, make_prompts, measure, write
from repro.engine.paths import ROOT
from superficial.models.loading import load_model
from tests.support.commands import invoke

SHORT = {"epochs": 1, "batch_size": 4, "max_length": 512}
TINY = Size(
    harmful=(4, 2, 6),
    benign=(6, 3, 5),
    benign_tokens=4,
    tokens=4,
    layers=1,
    safety=SAFETY.model_copy(update=SHORT),
    attack=ATTACK.model_copy(update=SHORT),
    epochs=3,
    alphas=(1.0, 1.5),
)


@pytest.fixture
def advbench(tmp_path):
    path = tmp_path / "advbench.csv"
    pd.DataFrame({"goal": [f"Paint the secret door number {n}" for n in range(12)]}).to_csv(path, index=False)
    return path


def test_no_prompt_and_no_benign_task_is_in_two_splits(advbench):
    found = make_prompts(advbench, TINY)
    asked = [prompt for part in found.values() for prompt in part.all]
    assert len(set(asked)) == len(asked) == sum(TINY.harmful) + sum(TINY.benign)
    tasks = [task for split in demo_real.TASKS.values() for task in split]
    assert len(set(tasks)) == len(tasks)
    assert {split: (len(part.harmful), len(part.benign)) for split, part in found.items()} == dict(
        zip(("train", "validation", "test"), zip(TINY.harmful, TINY.benign, strict=True), strict=True)
    )


def test_the_demo_writes_its_numbers_with_its_label_and_no_request(advbench, tiny_checkpoints, tmp_path):
    prompts = make_prompts(advbench, TINY)
    numbers, positions = measure(Demo(*load_model(tiny_checkpoints / "llama-chat"), TINY), prompts)
    write(numbers, positions, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "demo.json").read_text())
    assert "not the paper's" in written["label"]
    assert list(written["refusals"]) == list(MODELS)
    assert written["validation"]["alpha"] in TINY.alphas
    assert set(positions["prompt"]) == set(range(sum((TINY.harmful[2], TINY.benign[2]))))
    assert written["kl"]["attacked"] == pytest.approx(positions["kl_base"].mean())
    assert min(written["validation"]["kl"]) < written["validation"]["kl"][0]
    table = pd.read_csv(tmp_path / "out" / "refusals.csv")
    assert len(table) == 2 * len(MODELS)
    assert table["value"].between(0, 1).all()
    for name in ("demo.pdf", "demo.png", "refusals.md", "refusals.tex", "kl-by-position.csv"):
        assert (tmp_path / "out" / name).stat().st_size
    for path in (tmp_path / "out").iterdir():
        assert b"secret door" not in path.read_bytes()


def test_the_strength_is_chosen_on_validation_prompts_alone(advbench, tiny_checkpoints, monkeypatch):
    prompts = make_prompts(advbench, TINY)
    asked = []

    def declined(self, model, asked_of):
        asked.append(asked_of)
        # The second strength declines what it should, and nothing else.
        return {"harmful": len(asked), "benign": 0} if len(asked) < 3 else {"harmful": 0, "benign": 0}

    monkeypatch.setattr(Demo, "declined", declined)
    numbers, _ = measure(Demo(*load_model(tiny_checkpoints / "llama-chat"), TINY), prompts)
    assert numbers["validation"]["alpha"] == 1.5
    assert asked == [prompts["validation"]] * 2 + [prompts["test"]] * 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the demo needs your copy of AdvBench"),
        ("question\nx\n", "lacks the column 'goal'"),
        ("goal\nx\ny\n", "has 2 different goals; the demo needs 102"),
    ],
    ids=["absent", "without its column", "too short"],
)
def test_harmful_requests_that_can_not_be_had_are_named(tmp_path, content, said):
    file = tmp_path / "advbench.csv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    code, _, error = invoke(tmp_path, "demo-real", "--advbench", str(file))
    assert code == 2, error
    assert said in error
    assert str(file) in error
    assert "Traceback" not in error


def test_advbench_is_no_part_of_the_project():
    assert not [path for path in (ROOT / "repro").rglob("*advbench*.csv")]
