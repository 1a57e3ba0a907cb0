"""The plan of what a profile takes: sizes against published counts, and work against a real run."""

import json

import pytest

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.config.external import Architecture
from superficial.models.batches import largest_batch
from superficial.planning.show import hours
from superficial.planning.sizes import cache_bytes, parameters, token_operations
from superficial.planning.stages import plan
from superficial.planning.work import read_rates

PROFILES = ROOT / "repro" / "profiles"
RATES = read_rates()
PAPER, SMALL, REHEARSAL = (load_profile(PROFILES / f"{name}.yaml") for name in ("paper", "small", "rehearsal"))
TABLE_1_7B = ["7B", "7B-Chat", "7B+Urial", "7B+LIMA", "7B+Superficial"]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        # As their makers count them.
        ("llama-2-7b", 6_738_415_616),
        ("llama-2-13b", 13_015_864_320),
        ("mistral-7b", 7_248_023_552),
        ("qwen2.5-3b", 3_085_938_688),
        ("smollm2-135m", 134_515_008),
        ("smollm2-360m", 361_821_120),
        ("qwen2.5-0.5b", 494_032_768),
    ],
)
def test_every_architecture_has_as_many_weights_as_its_makers_say(name, count):
    shapes = PAPER.architectures | SMALL.architectures
    assert parameters(shapes[name]) == count


def test_cache_and_operations_of_llama_2_7b():
    shape = PAPER.architectures["llama-2-7b"]
    # 32 layers, keys and values of 4096 numbers of two bytes.
    assert cache_bytes(shape, "bfloat16") == 32 * 2 * 4096 * 2
    # About two operations a weight; the attention to 1,000 tokens adds two products of 4096 with each, in 32 layers.
    assert token_operations(shape, 0) == pytest.approx(2 * 6.607e9, rel=1e-3)
    assert token_operations(shape, 1000) - token_operations(shape, 0) == 2 * 2 * 32 * 4096 * 1000


def test_a_batch_fills_the_card_and_no_more():
    assert largest_batch(100, 0.9, 50, 1, 10) == 4
    assert largest_batch(100, 0.9, 95, 1, 10) == 1
    assert largest_batch(1e15, 0.9, 0, 1, 10) == 256


def test_the_7b_rows_of_table_1_take_at_most_two_hours_of_one_h200():
    steps = plan(PAPER, RATES.assumed, TABLE_1_7B)
    taken = hours(steps, RATES.cards["H200"], RATES)
    assert 0.2 < taken < 2
    assert {step.name for step in steps if step.stage in ("fetch", "tune")} == {
        "llama-7b", "llama-7b-chat", "llama-7b-lima"
    }  # fmt: skip
    assert [step.name for step in steps if step.stage in ("traces", "distil")] == ["7b", "7b"]


def test_a_card_that_is_too_small_has_no_hours():
    steps = plan(PAPER, RATES.assumed, ["13B+Superficial"])
    assert hours(steps, RATES.cards["A6000"], RATES) is None
    assert hours(steps, RATES.cards["H200"], RATES) > hours(steps[:2], RATES.cards["H200"], RATES)


def test_what_can_not_be_planned_is_one_sentence():
    with pytest.raises(ValueError, match="Profile lab trains its own models"):
        plan(load_profile(PROFILES / "lab.yaml"), RATES.assumed)
    with pytest.raises(ValueError, match=r"Profile paper has no row '8B'; it has 7B, "):
        plan(PAPER, RATES.assumed, ["8B"])


def test_expected_counts_are_those_of_the_committed_lists():
    from superficial.benchmarks.questions import committed_ids

    for questions in PAPER.sources["real"].questions.values():
        if questions.ids:
            assert questions.expected.test == len(committed_ids(questions.ids, "test"))
            if questions.train:
                assert questions.expected.train == len(committed_ids(questions.ids, "train"))


def test_the_plan_agrees_with_a_run(rehearsal):
    """Tokens and bytes of every trace, head and tuned model of the rehearsal."""
    folder = rehearsal[0]
    steps = {(step.stage, step.name): step for step in plan(REHEARSAL, RATES.assumed)}
    compared = 0
    for (stage, name), step in steps.items():
        if stage not in ("traces", "distil", "tune"):
            continue
        record = json.loads((folder / "provenance" / f"{stage}-{name}.json").read_text())
        tensors = [folder / path for path in record["outputs"] if path.endswith(".safetensors")]
        written = sum(path.stat().st_size for path in tensors)
        if stage == "tune":
            tokenizer_and_states = step.disk - _weights(REHEARSAL, name)
            assert written == pytest.approx(step.disk - tokenizer_and_states, rel=0.1)
        else:
            assert written == pytest.approx(step.disk, rel=0.15), (stage, name)
        if stage == "traces":
            from safetensors import safe_open

            positions = 0
            for path in tensors:
                if path.parent.name in ("train", "validation", "test"):
                    with safe_open(path, "pt") as file:
                        positions += file.get_slice("token").get_shape()[0]
            assert positions == pytest.approx(step.written, rel=0.1), name
        compared += 1
    assert compared == len(REHEARSAL.pairs) + len(REHEARSAL.heads) + 6


def test_every_call_that_works_on_models_or_traces_is_planned(rehearsal):
    planned = {(step.stage, step.name) for step in plan(REHEARSAL, RATES.assumed)}
    records = [json.loads(path.read_text()) for path in (rehearsal[0] / "provenance").glob("*.json")]
    without = ("questions", "tables", "figures", "claims", "crate")
    called = {(record["stage"], record["name"]) for record in records if record["stage"] not in without}
    by_functions = {("score", name) for stage, name in called if stage == "score" and name not in REHEARSAL.judges}
    assert planned == called - by_functions


def test_the_sweep_holds_every_w_trans_in_memory_and_one_on_the_card():
    sweep = next(step for step in plan(PAPER, RATES.assumed) if step.stage == "sweep")
    matrix = 4 * 32000**2
    assert sweep.host > 5 * matrix
    assert matrix < sweep.card < 48e9


def _weights(profile, name) -> float:
    recipe = profile.models[name]
    shape: Architecture = profile.architectures[profile.models[recipe.of].architecture]
    return 2 * parameters(shape)
