"""The stages on a simulated GPU: they never mix devices, and they write what they write on the CPU."""

import gc
import importlib
import json
import shutil
import weakref

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from bench import gpu
from repro.engine.call import Call
from repro.engine.paths import ROOT
from repro.engine.rehearsal import questions
from repro.engine.rehearsal.published import publish
from repro.workflow import calls
from superficial.config import Profile, load_profile
from superficial.distillation import heads as distillation_heads
from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
from superficial.extraction import extract_from_checkpoints
from superficial.heads.black_box import BlackBoxHead
from superficial.heads.export import export_checkpoint
from superficial.heads.residual import ResidualHead
from superficial.models.batch_size import choose_batch_size
from superficial.models.identity import weights_fingerprints
from superficial.models.loading import load_model
from superficial.traces.sharded_rows import ShardedRows
from superficial.traces.trace import Trace, to_gpu_if_it_fits
from tests.bench.test_gpu import TINY
from tests.support.local_profile import on_local_files
from tests.support.rounding import assert_rows_close, row_errors
from tests.support.simulated_gpu import simulated_gpu

REHEARSAL = load_profile(ROOT / "repro" / "profiles" / "rehearsal.yaml")
VARIANTS = ("7B", "7B+Superficial", "7B-Chat-Finetuned+Superficial-BB")
ONLY_THESE = {"variants": {name: REHEARSAL.variants[name] for name in VARIANTS}, "tables": {}}
PROFILE = REHEARSAL.model_copy(update=ONLY_THESE)
# A stage, the name it is called on, and one of its outputs.
STAGES = [
    ("traces", "7b", "traces/7b"),
    ("traces", "13b-on-7b", "traces/13b-on-7b"),
    ("distil", "7b-advbench", "heads/7b-advbench"),
    ("distil", "bb-7b-advbench", "heads/bb-7b-advbench"),
    ("distil", "bb-7b-on-13b-advbench", "measures/bb-7b-on-13b-advbench.parquet"),
    ("evaluate", "llama-7b", "responses/7B+Superficial"),
    ("evaluate", "llama-7b-attacked", "responses/7B-Chat-Finetuned+Superficial-BB"),
    ("sweep", "", "measures/sweep.parquet"),
    ("score", "toxicity", "scores/7B/toxigen.parquet"),
]


def run_stage(folder, stage: str, name: str) -> None:
    content = on_local_files(REHEARSAL.model_dump(mode="json"), folder / "inputs")
    profile = Profile.model_validate_json(json.dumps(content)).model_copy(update=ONLY_THESE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPERFICIAL_PROGRESS", str(folder / "progress.json"))
        importlib.import_module(f"repro.stages.{stage}").main(profile, folder, name)


def run_on_gpu(monkeypatch, folder, stage: str, name: str) -> None:
    with simulated_gpu(monkeypatch, gigabytes=80):
        run_stage(folder, stage, name)


def hold_in(folder, dtype: str) -> None:
    """Have every checkpoint of a results folder loaded in this dtype."""
    for pointer in folder.glob("*/**/checkpoint.json"):
        pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"dtype": dtype}))


def rehearsed(folder, dtype: str, *wanted: tuple[str, str]):
    """Run calls of stages in this process, and before them every call whose results they read."""
    inputs = folder / "inputs"
    with pytest.MonkeyPatch.context() as patch:
        # The same questions on every machine.
        patch.setattr(questions, "REAL_FILES", questions.FIXTURES)
        publish(inputs)
    chosen: list[Call] = []
    for call in reversed(calls(PROFILE)):
        read = {path for later in chosen for path in later.inputs}
        if (call.stage.name, call.name) in wanted or read & set(call.outputs):
            chosen.insert(0, call)
    for call in chosen:
        run_stage(folder, call.stage.name, call.name)
        hold_in(folder, dtype)
    return folder


@pytest.fixture(scope="module")
def in_float32(tmp_path_factory):
    """The results of all these stages on the CPU, with models held in float32.

    In bfloat16 a tenth of the greedy choices are near ties, which every processor decides differently.
    """
    return rehearsed(tmp_path_factory.mktemp("float32"), "float32", *((stage, name) for stage, name, _ in STAGES))


def assert_same_trace(actual: dict, expected: dict) -> None:
    """Check that the responses are the same but for one, and that each hidden state of these is the same."""
    same = [
        number
        for number in expected["prompt"].unique()
        if torch.equal(actual["token"][actual["prompt"] == number], expected["token"][expected["prompt"] == number])
    ]
    # Of a thousand responses in float32 about two hold a near tie.
    assert len(same) >= len(expected["prompt"].unique()) - 1
    kept = [torch.isin(trace["prompt"], torch.stack(same)) for trace in (actual, expected)]
    assert torch.equal(actual["position"][kept[0]], expected["position"][kept[1]])
    for name in ("base_hidden", "aligned_hidden"):
        assert_rows_close(actual[name][kept[0]], expected[name][kept[1]])


def assert_same_tensors(actual: dict, expected: dict) -> None:
    assert actual.keys() == expected.keys()
    if "prompt" in expected:
        assert_same_trace(actual, expected)
        return
    for name, matrix in expected.items():
        # Adam divides by the size of the gradient: where that is small, rounding counts more than in other rows.
        # The tokens of rows and columns are masks.
        assert (actual[name].double() - matrix.double()).norm() <= 1e-4 * matrix.double().norm()


def assert_same_table(actual: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Check that numbers agree, and that at most one row differs in a text or in what is counted."""
    assert list(actual.columns) == list(expected.columns)
    floats = expected.select_dtypes("float").columns
    # A share of some hundred positions moves by less than half a percent with one of them.
    pd.testing.assert_frame_equal(actual[floats], expected[floats], rtol=5e-3, atol=1e-5)
    others = expected.columns.difference(floats)
    assert (actual[others] != expected[others]).any(axis=1).sum() <= 1


def assert_same_card(actual: dict, expected: dict) -> None:
    assert actual.keys() == expected.keys()
    if "validation_kl" in expected:
        assert actual["validation_kl"] == pytest.approx(expected["validation_kl"], rel=1e-4)


@pytest.mark.parametrize(("stage", "name", "output"), STAGES, ids=[output for *_, output in STAGES])
def test_a_stage_writes_what_it_writes_on_the_cpu(in_float32, monkeypatch, tmp_path, stage, name, output):
    folder = shutil.copytree(in_float32, tmp_path / "results")
    files = [path for path in [in_float32 / output, *(in_float32 / output).rglob("*")] if path.is_file()]
    assert files
    for path in files:
        (folder / path.relative_to(in_float32)).unlink()
    run_on_gpu(monkeypatch, folder, stage, name)
    for path in files:
        made = folder / path.relative_to(in_float32)
        if path.suffix == ".safetensors":
            assert_same_tensors(load_file(made), load_file(path))
        elif path.suffix == ".parquet":
            assert_same_table(pd.read_parquet(made), pd.read_parquet(path))
        elif path.suffix == ".json":
            assert_same_card(json.loads(made.read_text()), json.loads(path.read_text()))


def test_a_gpu_adds_no_more_than_the_rounding_of_bfloat16(monkeypatch, tmp_path):
    """The base model of this pair reads recorded responses: rounding chooses no token."""
    folder = rehearsed(tmp_path, "bfloat16", ("traces", "13b-on-7b"))
    shard = folder / "traces" / "13b-on-7b" / "train" / "00000.safetensors"
    expected = load_file(shard)
    shard.unlink()
    run_on_gpu(monkeypatch, folder, "traces", "13b-on-7b")
    actual = load_file(shard)
    assert expected["base_hidden"].dtype == torch.bfloat16
    assert_rows_close(actual["base_hidden"], expected["base_hidden"])


def test_a_merged_head_survives_on_a_gpu_that_is_too_small_for_the_model(in_float32, monkeypatch):
    """Layers move to the GPU when they are needed. What was merged into the output head must not get lost."""
    path, prompt = in_float32 / "models" / "llama-7b", torch.tensor([[1, 5, 6]])
    on_cpu, _ = load_model(path)
    head = ResidualHead(torch.randn(on_cpu.get_output_embeddings().weight.shape))
    fingerprint = weights_fingerprints(on_cpu)
    without_head = on_cpu(prompt).logits
    head.merge_into(on_cpu)
    with simulated_gpu(monkeypatch, gigabytes=0.0003):
        on_gpu, _ = load_model(path)
        assert {parameter.device.type for parameter in on_gpu.parameters()} == {"cuda", "meta"}
        assert weights_fingerprints(on_gpu) == fingerprint
        head.merge_into(on_gpu)
        twice = [on_gpu(prompt.to(on_gpu.device)).logits.cpu() for _ in range(2)]
    for logits in twice:
        assert_rows_close(logits, on_cpu(prompt).logits)
        assert (row_errors(logits, without_head) > 0.1).all()


@pytest.mark.parametrize("k", [None, 5])
def test_a_head_is_extracted_on_the_gpu(tiny_checkpoints, monkeypatch, tmp_path, k):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(f"How many are {i} and {i}?" for i in range(20)))
    pair = str(tiny_checkpoints / "llama"), str(tiny_checkpoints / "llama-chat")
    devices = []
    function = "distil" if k is None else "distil_black_box"
    distil = getattr(distillation_heads, function)

    def recording_distil(taught, *rest):
        devices.append((taught if k is None else taught[0].pair).device.type)
        return distil(taught, *rest)

    monkeypatch.setattr(distillation_heads, function, recording_distil)
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    settings = DEFAULT_RESIDUAL_SETTINGS if k is None else DEFAULT_BLACK_BOX_SETTINGS.with_changes(epochs=3)
    on_cpu = extract_from_checkpoints(*pair, prompts, tmp_path / "cpu", k, settings, 0, 4, None)
    with simulated_gpu(monkeypatch, gigabytes=80):
        on_gpu = extract_from_checkpoints(*pair, prompts, tmp_path / "gpu", k, settings, 0, 4, None)
    assert devices == ["cpu", "cuda"]
    assert on_gpu.card["largest_change"] == pytest.approx(on_cpu.card["largest_change"], rel=1e-3)
    assert on_gpu.card["validation_kl_after"] < on_gpu.card["validation_kl_before"]
    for name in ("base", "aligned", "prompts", "positions"):
        assert on_gpu.card[name] == on_cpu.card[name]
    for name in ("validation_kl_before", "validation_kl_after"):
        assert on_gpu.card[name] == pytest.approx(on_cpu.card[name], rel=1e-4)
    if k is None:
        with simulated_gpu(monkeypatch, gigabytes=80):
            export_checkpoint(pair[0], tmp_path / "gpu", tmp_path / "merged")
        merged = load_file(tmp_path / "merged" / "model.safetensors")
        before = load_file(tiny_checkpoints / "llama" / "model.safetensors")
        assert_rows_close(merged["lm_head.weight"], before["lm_head.weight"] + on_gpu.alpha * on_gpu.delta)


def test_a_model_leaves_the_gpu_before_the_next_one_is_loaded(in_float32, monkeypatch, tmp_path):
    evaluate = importlib.import_module("repro.stages.evaluate")
    load, loaded = evaluate.load_model, []

    def recording_load(path):
        gc.collect()
        assert all(reference() is None for reference in loaded), f"{path} is loaded while another model is in memory"
        model, tokenizer = load(path)
        loaded.append(weakref.ref(model))
        return model, tokenizer

    monkeypatch.setattr(evaluate, "load_model", recording_load)
    run_stage(shutil.copytree(in_float32, tmp_path / "results"), "evaluate", "llama-7b")
    assert len(loaded) == len(PROFILE.variants_of("llama-7b")) > 1


def test_a_tensor_left_on_the_cpu_is_detected(in_float32, monkeypatch, tmp_path):
    folder = shutil.copytree(in_float32, tmp_path / "results")
    monkeypatch.setattr(BlackBoxHead, "to", lambda head, _: head)
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        run_on_gpu(monkeypatch, folder, "evaluate", "llama-7b-attacked")


def test_the_simulation_refuses_mixed_devices_as_a_gpu_does(monkeypatch):
    with simulated_gpu(monkeypatch, gigabytes=80):
        on_gpu, on_cpu = torch.arange(3.0, device="cuda"), torch.arange(3)
        assert (on_gpu * 2 + torch.tensor(1.0))[on_cpu].cpu().tolist() == [1, 3, 5]
        for mixed in (
            lambda: on_gpu + on_cpu,
            lambda: on_cpu[on_gpu.long()],
            lambda: torch.cat([on_gpu, on_cpu.float()]),
            lambda: on_gpu.__setitem__(on_cpu, on_cpu.float()),
            lambda: on_gpu.numpy(),
        ):
            with pytest.raises((RuntimeError, TypeError)):
                mixed()


def test_the_gpu_benchmark_runs_on_a_gpu(monkeypatch):
    monkeypatch.setattr(gpu, "PROMPT", 6)
    monkeypatch.setattr(gpu, "RESPONSE", 5)
    monkeypatch.setattr(gpu, "VOCABULARIES", {40: 12})
    for name, answer in (("reset_peak_memory_stats", None), ("max_memory_allocated", 3e9)):
        monkeypatch.setattr(torch.cuda, name, lambda *_, answer=answer: answer)
    with simulated_gpu(monkeypatch, gigabytes=80):
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: "NVIDIA H100 80GB HBM3")
        rows, _ = gpu.measure(REHEARSAL, TINY, 8, torch.device("cuda"), side=64)
    assert [row.peak_gigabytes for row in rows] == [3] * 5
    assert all(row.planned_seconds > 0 for row in rows)


def test_hidden_states_are_moved_to_the_gpu_if_they_fit(monkeypatch):
    parts = [torch.randn(70_000, 3).bfloat16(), torch.randn(9, 3).bfloat16()]
    numbers = torch.arange(70_009)
    trace = Trace(numbers, numbers, numbers, ShardedRows(parts), torch.cat(parts))
    # The two tensors take 0.84 MB together.
    with simulated_gpu(monkeypatch, gigabytes=0.0017):
        placed = to_gpu_if_it_fits(trace, torch.device("cuda", 0))
        for states in (placed.base_hidden, placed.aligned_hidden):
            assert states.device.type == "cuda"
            torch.testing.assert_close(states.cpu(), trace.aligned_hidden, rtol=0, atol=0)
    with simulated_gpu(monkeypatch, gigabytes=0.0016):
        assert to_gpu_if_it_fits(trace, torch.device("cuda", 0)) is trace
    assert to_gpu_if_it_fits(trace, torch.device("cpu")) is trace


def test_batches_are_smaller_if_other_data_shares_the_memory(monkeypatch):
    with simulated_gpu(monkeypatch, gigabytes=0.001):
        model = gpu.random_model(TINY, torch.device("cuda"))
        prompts, weights = [[1] * 50], model.get_memory_footprint()
        alone, beside = (choose_batch_size(model, prompts, 50, 0.9, bytes_beside) for bytes_beside in (0, 500_000))
    cache = 2 * TINY.layers * TINY.width * 2 * 100
    assert alone == (900_000 - weights) // cache
    assert beside == (400_000 - weights) // cache
