"""What a stage asks the queue of a cluster for: enough of what the plan says it takes."""

import pytest

from repro.engine.paths import ROOT
from repro.engine.slurm import LAB, requests_of
from superficial.config import load_profile
from superficial.planning.stages import plan
from superficial.planning.work import read_rates

RATES = read_rates()


@pytest.mark.parametrize("name", ["paper", "small"])
def test_stages_on_real_models_ask_for_more_than_is_planned(name):
    profile = load_profile(ROOT / "repro" / "profiles" / f"{name}.yaml")
    request, steps = requests_of(profile), plan(profile, RATES.assumed)
    assert any(step.card for step in steps)
    for step in steps:
        asked = request(step.stage, step.name)
        assert asked["mem_mb"] * 1e6 > step.host
        assert asked["gpu"] == (step.card > 0)
        fast = RATES.cards["H200"]
        assert asked["runtime"] * 60 > step.seconds(fast, RATES.assumed)
    assert request("tables", "") == LAB


def test_the_lab_asks_for_no_card():
    request = requests_of(load_profile(ROOT / "repro" / "profiles" / "lab.yaml"))
    assert request("train", "small") == LAB
    assert LAB["gpu"] == 0
