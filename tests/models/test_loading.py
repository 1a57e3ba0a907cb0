"""Folders that are not checkpoints, and checkpoints that are damaged or only pickled, are refused."""

import pytest
import torch

from superficial.models.loading import load_model
from tests.support.tiny_models import tiny_llama, tiny_model


def test_missing_and_truncated_checkpoints_are_named(tmp_path):
    with pytest.raises(ValueError, match="it has no config"):
        load_model(tmp_path / "nothing")
    tiny_llama(0).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cannot be read"):
        load_model(tmp_path)


def test_weights_that_are_only_pickled_are_refused(tmp_path, tokenizer):
    model = tiny_model("llama", 0)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="no weights in safetensors"):
        load_model(tmp_path)
