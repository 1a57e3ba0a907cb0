"""Where the parts of a model are put, on machines with imagined memory."""

import pytest
import torch

from superficial.models import placement as placement_module
from superficial.models.placement import placement
from tests.support.tiny_models import tiny_model


@pytest.fixture
def checkpoint(tmp_path):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    return tmp_path


def gpu_with(monkeypatch, free_bytes: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free_bytes, free_bytes))
    monkeypatch.setattr(placement_module, "get_max_memory", lambda: {0: free_bytes, "cpu": 10**12})


def size_of(checkpoint) -> int:
    return (checkpoint / "model.safetensors").stat().st_size


def test_without_a_gpu_nothing_is_placed(checkpoint):
    assert placement(checkpoint, "auto") == {}


def test_a_model_that_fits_is_on_one_gpu(checkpoint, monkeypatch):
    gpu_with(monkeypatch, 2 * size_of(checkpoint))
    assert placement(checkpoint, "auto")["device_map"] == {"": 0}


def test_what_does_not_fit_is_on_the_host_but_never_the_head(checkpoint, monkeypatch):
    gpu_with(monkeypatch, size_of(checkpoint) // 2)
    devices = placement(checkpoint, "float32")["device_map"]
    assert devices["lm_head"] == 0
    assert devices["model.embed_tokens"] == 0
    assert "cpu" in devices.values()
