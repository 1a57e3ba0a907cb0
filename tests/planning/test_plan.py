"""The plan of a profile: its calls are those of the workflow, and its sizes are those of a real run."""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

from repro import workflow
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.planning.plan import plan_calls
from tests.planning.profiles import PAPER, PROFILES, RATES, REHEARSAL

# Stages that only read small tables, or files of questions.
NOT_PLANNED = {"questions", "tables", "figures", "claims", "crate"}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_planned_calls_are_those_of_the_workflow(profile):
    planned = {(call.stage, call.name) for call in plan_calls(profile, RATES.assumptions)}
    called = {(call.stage.name, call.name) for call in workflow.calls(profile)}
    by_functions = {("score", name) for stage, name in called if stage == "score" and name not in profile.judges}
    assert planned == {call for call in called if call[0] not in NOT_PLANNED} - by_functions


def test_some_variants_only_need_what_is_behind_them():
    calls = plan_calls(PAPER, RATES.assumptions, ["7B", "7B-Chat", "7B+Urial", "7B+LIMA", "7B+Superficial"])
    models = {call.name for call in calls if call.stage in ("fetch", "tune")}
    assert models == {"llama-7b", "llama-7b-chat", "llama-7b-lima"}
    assert [call.name for call in calls if call.stage in ("traces", "distil")] == [
        "7b",
        *(f"7b-{benchmark}" for benchmark in PAPER.pairs["7b"].benchmarks),
    ]


def test_what_cannot_be_planned_is_one_sentence():
    with pytest.raises(ValueError, match="Profile lab trains its own models"):
        plan_calls(load_profile(ROOT / "repro" / "profiles" / "lab.yaml"), RATES.assumptions)
    with pytest.raises(ValueError, match=r"Profile paper has no row '8B'; it has 7B, "):
        plan_calls(PAPER, RATES.assumptions, ["8B"])


def test_the_planned_sizes_are_those_of_a_run(rehearsal):
    """Files and positions of every trace, head and tuned model of the rehearsal."""
    folder = rehearsal[0]
    calls = [c for c in plan_calls(REHEARSAL, RATES.assumptions) if c.stage in ("traces", "distil", "tune")]
    tuned = [call for call in calls if call.stage == "tune"]
    assert len(calls) == len(REHEARSAL.pairs) + len(REHEARSAL.heads) + len(tuned)
    assert len(tuned) == 6
    for call in calls:
        tensors = written_tensors(folder, call.stage, call.name)
        size = sum(path.stat().st_size for path in tensors)
        if call.stage == "distil" and REHEARSAL.heads[call.name].kind != "residual":
            # How many tokens occur is not known before: the plan counts all of them.
            assert 0 < size < 1.15 * call.disk_bytes, call
        else:
            assert size == pytest.approx(call.disk_bytes, rel=0.1 if call.stage == "tune" else 0.15), call
        if call.stage == "traces":
            assert positions_in(tensors) == pytest.approx(call.tokens_written, rel=0.1), call


def written_tensors(folder: Path, stage: str, name: str) -> list[Path]:
    record = json.loads((folder / "provenance" / f"{stage}-{name}.json").read_text())
    return [folder / path for path in record["outputs"] if path.endswith(".safetensors")]


def positions_in(tensors: list[Path]) -> int:
    """Return how many positions the shards of a trace hold."""
    positions = 0
    for path in tensors:
        if path.parent.name in ("train", "validation", "test"):
            with safe_open(path, "pt") as file:
                positions += file.get_slice("token").get_shape()[0]
    return positions
