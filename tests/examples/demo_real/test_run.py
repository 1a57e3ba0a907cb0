"""The demo on a tiny random model, with harmless texts in place of AdvBench."""

import json

import pandas as pd
import pytest

from examples.demo_real.prompts import Prompts, make_prompts
from examples.demo_real.report import MODELS, write_results
from examples.demo_real.run import ATTACK, SAFETY, Demo, Settings, best_strength, measure
from superficial.models.loading import load_model

SHORT = {"epochs": 1, "batch_size": 4, "max_length": 512}
TINY = Settings(
    harmful=(4, 2, 6),
    benign=(6, 3, 5),
    benign_tokens=4,
    max_new_tokens=4,
    tuned_layers=1,
    safety=SAFETY.model_copy(update=SHORT),
    attack=ATTACK.model_copy(update=SHORT),
    strengths=(1.0, 1.5),
)


def test_results_carry_their_label_and_no_harmful_request(advbench, tiny_checkpoints, tmp_path):
    prompts = make_prompts(advbench, TINY.harmful, TINY.benign)
    numbers, positions = measure(Demo(*load_model(tiny_checkpoints / "llama-chat"), TINY), prompts)
    write_results(numbers, positions, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "demo.json").read_text())
    assert "not the paper's" in written["label"]
    assert list(written["refusals"]) == list(MODELS)
    assert written["validation"]["alpha"] in TINY.strengths
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


def test_the_strength_is_chosen_on_validation_prompts_only(advbench, tiny_checkpoints, monkeypatch):
    prompts = make_prompts(advbench, TINY.harmful, TINY.benign)
    measured: list[Prompts] = []

    def refusals(demo, model, of_split):
        measured.append(of_split)
        # The second strength declines one harmful prompt more than the first.
        return {"harmful": len(measured) if len(measured) < 3 else 0, "benign": 0}

    monkeypatch.setattr(Demo, "refusals", refusals)
    numbers, _ = measure(Demo(*load_model(tiny_checkpoints / "llama-chat"), TINY), prompts)
    assert numbers["validation"]["alpha"] == 1.5
    assert measured == [prompts["validation"]] * 2 + [prompts["test"]] * 4


def test_of_two_equally_good_strengths_the_one_closest_to_1_is_chosen():
    prompts = Prompts(harmful=["a", "b"], benign=["c", "d"])
    equal = {"harmful": 1, "benign": 1}
    assert best_strength({0.5: equal, 1.0: equal, 1.5: equal}, prompts) == 1.0
    assert best_strength({1.0: equal, 0.5: {"harmful": 1, "benign": 0}}, prompts) == 0.5
