"""The stages on a simulated GPU: nothing there meets what is here, and what comes out is what the CPU gives."""

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
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.distillation import heads as distillation_heads
from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
from superficial.extraction import extract_from_checkpoints
from superficial.heads.black_box import BlackBoxHead
from superficial.heads.export import export_checkpoint
from superficial.heads.residual import ResidualHead
from superficial.models.generation import choose_batch_size
from superficial.models.identity import weights_fingerprint
from superficial.models.loading import load_model
from superficial.traces.sharded_rows import ShardedRows
from superficial.traces.trace import Trace, to_gpu_if_it_fits
from tests.bench.test_gpu import TINY
from tests.support.simulated_gpu import simulated_gpu

REHEARSAL = load_profile(ROOT / "repro" / "profiles" / "rehearsal.yaml")
# A stage, what it is called on, and what it writes there.
STAGES = [
    ("traces", {"pair": "7b"}, "traces/7b"),
    ("traces", {"pair": "13b-on-7b"}, "traces/13b-on-7b"),
    ("distil", {"head": "7b"}, "heads/7b"),
    ("distil", {"head": "bb-7b"}, "heads/bb-7b"),
    ("distil", {"head": "bb-7b-on-13b"}, "measures/bb-7b-on-13b.parquet"),
    ("evaluate", {"model": "llama-7b"}, "responses/7B+Superficial"),
    ("evaluate", {"model": "llama-7b-attacked"}, "responses/7B-Chat-Finetuned+Superficial-BB"),
    ("sweep", {}, "measures/sweep.parquet"),
    ("score", {"judge": "toxicity"}, "scores/7B/toxigen.parquet"),
]


def run_on_gpu(monkeypatch, folder, stage: str, on: dict[str, str]) -> None:
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(folder / "progress.json"))
    with simulated_gpu(monkeypatch, gigabytes=80):
        importlib.import_module(f"repro.stages.{stage}").main(REHEARSAL, folder, next(iter(on.values()), ""))


@pytest.mark.parametrize(("stage", "on", "written"), STAGES, ids=[written for *_, written in STAGES])
def test_a_stage_gives_what_it_gives_on_the_cpu(rehearsal, monkeypatch, tmp_path, stage, on, written):
    folder = shutil.copytree(rehearsal[0], tmp_path / "rehearsal")
    wanted = rehearsal[0] / written
    files = [path for path in [wanted, *wanted.rglob("*")] if path.is_file()]
    for path in files:
        (folder / path.relative_to(rehearsal[0])).unlink()
    run_on_gpu(monkeypatch, folder, stage, on)
    compared = 0
    for path in files:
        found = folder / path.relative_to(rehearsal[0])
        if path.suffix == ".safetensors":
            # Hidden states are bfloat16, and the attention of a GPU rounds otherwise.
            torch.testing.assert_close(load_file(found), load_file(path), rtol=1e-3, atol=0.15)
        elif path.suffix == ".parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(found), pd.read_parquet(path), rtol=1e-3, atol=1e-5)
        elif path.suffix == ".json":
            assert json.loads(found.read_text()).keys() == json.loads(path.read_text()).keys()
        compared += 1
    assert compared


def test_a_head_stays_on_a_card_that_is_too_small_for_its_model(rehearsal, monkeypatch):
    """Layers wait on the host for their turn; what is merged into the head is not lost at the head's."""
    path, prompt = rehearsal[0] / "models" / "llama-7b", torch.tensor([[1, 5, 6]])
    here, _ = load_model(path)
    head = ResidualHead(torch.randn(here.get_output_embeddings().weight.shape))
    fingerprint = weights_fingerprint(here)
    before = here(prompt).logits
    head.merge_into(here)
    with simulated_gpu(monkeypatch, gigabytes=0.00017):
        there, _ = load_model(path)
        assert {part.device.type for part in there.parameters()} == {"cuda", "meta"}
        assert weights_fingerprint(there) == fingerprint
        head.merge_into(there)
        found = [there(prompt.to(there.device)).logits.cpu() for _ in range(2)]
    for logits in found:
        torch.testing.assert_close(logits, here(prompt).logits, rtol=0, atol=0.4)
        assert (logits - before).abs().max() > 4


@pytest.mark.parametrize("k", [None, 5])
def test_a_head_is_extracted_on_the_card(tiny_checkpoints, monkeypatch, tmp_path, k):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(f"How many are {i} and {i}?" for i in range(20)))
    pair = str(tiny_checkpoints / "llama"), str(tiny_checkpoints / "llama-chat")
    learned = []
    function = "distil" if k is None else "distil_black_box"
    learn = getattr(distillation_heads, function)

    def watched(pair, *rest):
        learned.append(pair.device.type)
        return learn(pair, *rest)

    monkeypatch.setattr(distillation_heads, function, watched)
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    settings = (DEFAULT_RESIDUAL_SETTINGS if k is None else DEFAULT_BLACK_BOX_SETTINGS).with_changes(epochs=3)
    here = extract_from_checkpoints(*pair, prompts, tmp_path / "here", k, settings, 0, 4, None)
    with simulated_gpu(monkeypatch, gigabytes=80):
        there = extract_from_checkpoints(*pair, prompts, tmp_path / "there", k, settings, 0, 4, None)
    assert learned == ["cpu", "cuda"]
    assert there.card["largest_change"] == pytest.approx(here.card["largest_change"], rel=0.1)
    assert there.card["validation_kl_after"] < there.card["validation_kl_before"]
    for name in ("base", "aligned", "prompts", "positions"):
        assert there.card[name] == here.card[name]
    for name in ("validation_kl_before", "validation_kl_after"):
        assert there.card[name] == pytest.approx(here.card[name], rel=0.02)
    if k is None:
        with simulated_gpu(monkeypatch, gigabytes=80):
            export_checkpoint(pair[0], tmp_path / "there", tmp_path / "merged")
        merged = load_file(tmp_path / "merged" / "model.safetensors")
        before = load_file(tiny_checkpoints / "llama" / "model.safetensors")
        torch.testing.assert_close(
            merged["lm_head.weight"].float() - before["lm_head.weight"].float(),
            there.alpha * there.delta,
            rtol=0.02,
            atol=1e-3,
        )


def test_a_model_leaves_the_card_before_the_next_one_comes(rehearsal, monkeypatch, tmp_path):
    evaluate = importlib.import_module("repro.stages.evaluate")
    load, loaded = evaluate.load_model, []

    def watched(path):
        gc.collect()
        assert not [one for one in loaded if one() is not None], f"{path} is loaded beside the model before it"
        model, tokenizer = load(path)
        loaded.append(weakref.ref(model))
        return model, tokenizer

    monkeypatch.setattr(evaluate, "load_model", watched)
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    folder = shutil.copytree(rehearsal[0], tmp_path / "rehearsal")
    evaluate.main(REHEARSAL, folder, "llama-7b")
    assert len(loaded) == len(REHEARSAL.variants_of("llama-7b"))


def test_what_stays_on_the_cpu_is_found_out(rehearsal, monkeypatch, tmp_path):
    folder = shutil.copytree(rehearsal[0], tmp_path / "rehearsal")
    monkeypatch.setattr(BlackBoxHead, "to", lambda head, _: head)
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        run_on_gpu(monkeypatch, folder, "evaluate", {"model": "llama-7b-attacked"})


def test_the_simulation_refuses_what_a_gpu_refuses(monkeypatch):
    with simulated_gpu(monkeypatch, gigabytes=80):
        there, here = torch.arange(3.0, device="cuda"), torch.arange(3)
        assert (there * 2 + torch.tensor(1.0))[here].cpu().tolist() == [1, 3, 5]
        for mixed in (
            lambda: there + here,
            lambda: here[there.long()],
            lambda: torch.cat([there, here.float()]),
            lambda: there.__setitem__(here, here.float()),
            lambda: there.numpy(),
        ):
            with pytest.raises((RuntimeError, TypeError)):
                mixed()


def test_the_benchmark_of_a_card_runs_there(monkeypatch):
    monkeypatch.setattr(gpu, "PROMPT", 6)
    monkeypatch.setattr(gpu, "RESPONSE", 5)
    for name, answer in (("reset_peak_memory_stats", None), ("max_memory_allocated", 3e9)):
        monkeypatch.setattr(torch.cuda, name, lambda *_, answer=answer: answer)
    with simulated_gpu(monkeypatch, gigabytes=80):
        rows = gpu.measure(TINY, 7, torch.device("cuda"), side=64)
    assert [row.peak_gigabytes for row in rows] == [3, 3, 3]


def test_states_lie_on_the_card_where_they_fit(monkeypatch):
    parts = [torch.randn(70_000, 3).bfloat16(), torch.randn(9, 3).bfloat16()]
    numbers = torch.arange(70_009)
    trace = Trace(numbers, numbers, numbers, ShardedRows(parts), torch.cat(parts))
    # Both take 0.84 MB.
    with simulated_gpu(monkeypatch, gigabytes=0.0017):
        placed = to_gpu_if_it_fits(trace, torch.device("cuda", 0))
        for states in (placed.base_hidden, placed.aligned_hidden):
            assert states.device.type == "cuda"
            torch.testing.assert_close(states.cpu(), trace.aligned_hidden, rtol=0, atol=0)
    with simulated_gpu(monkeypatch, gigabytes=0.0016):
        assert to_gpu_if_it_fits(trace, torch.device("cuda", 0)) is trace
    assert to_gpu_if_it_fits(trace, torch.device("cpu")) is trace


def test_batches_are_smaller_where_something_lies_beside_the_weights(monkeypatch):
    with simulated_gpu(monkeypatch, gigabytes=0.001):
        model = gpu.random_model(TINY, torch.device("cuda"))
        prompts, weights = [[1] * 50], model.get_memory_footprint()
        alone, beside = (choose_batch_size(model, prompts, 50, 0.9, bytes_beside) for bytes_beside in (0, 500_000))
    cache = 2 * TINY.layers * TINY.width * 2 * 100
    assert alone == (900_000 - weights) // cache
    assert beside == (400_000 - weights) // cache
