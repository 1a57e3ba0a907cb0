"""What a call requests of a cluster's queue: at least what the plan says it takes."""

import pytest

from repro.engine.paths import ROOT
from repro.engine.slurm import LAB, requests_of
from superficial.config import load_profile
from superficial.planning.plan import plan_calls
from superficial.planning.rates import read_rates

RATES = read_rates()


@pytest.mark.parametrize("name", ["paper", "small"])
def test_calls_on_real_models_request_more_than_is_planned(name):
    profile = load_profile(ROOT / "repro" / "profiles" / f"{name}.yaml")
    request, calls = requests_of(profile), plan_calls(profile, RATES.assumptions)
    assert any(call.card_bytes for call in calls)
    for call in calls:
        requested = request(call.stage, call.name)
        assert requested["mem_mb"] * 1e6 > call.host_bytes
        assert requested["gpu"] == (call.card_bytes > 0)
        assert requested["runtime"] * 60 > call.seconds(RATES.cards["H200"], RATES.assumptions)
    assert request("tables", "") == LAB


def test_the_lab_requests_no_card():
    request = requests_of(load_profile(ROOT / "repro" / "profiles" / "lab.yaml"))
    assert request("train", "small") == LAB
    assert LAB["gpu"] == 0
