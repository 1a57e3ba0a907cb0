"""Folders that are not checkpoints, and checkpoints that are damaged or only pickled, are refused."""

import json

import pytest
import torch

from superficial.models.loading import load_model, load_tokenizer
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


LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
# A file of a checkpoint, what it contains instead, and what the message says.
DAMAGED_FILES = [
    ("config.json", "[1]", r"configuration in .* cannot be read"),
    ("config.json", "{", r"configuration in .* cannot be read"),
    ("config.json", '{"model_type": "unheard-of"}', r"configuration in .* cannot be read: .*unheard-of"),
    ("config.json", LFS_POINTER, r"config.json is a pointer of Git LFS, not the file: run `git lfs pull`"),
    ("tokenizer.json", LFS_POINTER, r"tokenizer.json is a pointer of Git LFS"),
    ("tokenizer.json", "[1]", r"tokenizer in .* cannot be read"),
    ("tokenizer.json", "{", r"tokenizer in .* cannot be read"),
    ("tokenizer_config.json", "[1]", r"tokenizer in .* cannot be read"),
    ("model.safetensors", LFS_POINTER, r"model.safetensors is a pointer of Git LFS"),
    ("generation_config.json", "[1]", r"generation_config.json is not a JSON object, but a list"),
    ("generation_config.json", "{", r"generation_config.json cannot be read"),
]


@pytest.mark.parametrize(("file", "content", "message"), DAMAGED_FILES)
def test_a_damaged_file_is_named_in_one_sentence(file, content, message, tmp_path, tokenizer):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / file).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as raised:
        load_model(tmp_path)
    assert "\n" not in str(raised.value)


def test_files_that_are_not_read_may_be_absent_or_pointers(tmp_path, tokenizer):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    (tmp_path / "pytorch_model.bin").write_text(LFS_POINTER, encoding="utf-8")
    model, _ = load_model(tmp_path)
    assert load_tokenizer(tmp_path).get_vocab() == tokenizer.get_vocab()
    assert not model.training


@pytest.mark.parametrize(
    "settings",
    [
        {"quant_method": "gptq", "bits": 4, "group_size": 128},
        {"quant_method": "bitsandbytes", "load_in_4bit": True},
        {"quant_method": "awq", "bits": 4, "group_size": 128},
        {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {}},
    ],
    ids=lambda settings: settings["quant_method"],
)
def test_a_quantized_checkpoint_without_its_library_is_refused(settings, tmp_path, tokenizer):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text()) | {"quantization_config": settings}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="cannot be read") as raised:
        load_model(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_missing_shard_is_named(tmp_path, tokenizer):
    tiny_model("llama", 0).save_pretrained(tmp_path, max_shard_size="20KB")
    tokenizer.save_pretrained(tmp_path)
    load_model(tmp_path)
    shard = sorted(tmp_path.glob("model-*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(ValueError, match=shard.name):
        load_model(tmp_path)
