"""Pickled weights become safetensors; a pickle that could run code is refused, and its code does not run."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from repro.engine.rehearsal.layouts import with_pickled_weights, write_tokenizer_model
from superficial.files import sha256
from superficial.models.conversion import RECORD, convert


class Malicious:
    """Creates a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.fixture
def published(tiny_checkpoints, tmp_path):
    """A judge as its authors publish it: pickled weights in two files, and a tokenizer.model alone."""
    folder = tmp_path / "published"
    with_pickled_weights(tiny_checkpoints / "truth", folder, shards=2)
    write_tokenizer_model(tiny_checkpoints / "truth" / "tokenizer.json", folder / "tokenizer.model")
    return folder


def hashes_of(folder: Path) -> dict[str, str | None]:
    return {path.name: sha256(path) for path in folder.glob("*.bin")}


def test_the_converted_checkpoint_has_the_same_logits_and_token_ids(tiny_checkpoints, published, tmp_path):
    (tmp_path / "converted").mkdir()
    convert(published, hashes_of(published), tmp_path / "converted", "a/b")
    assert not list((tmp_path / "converted").glob("*.bin*"))
    tokenizers = [
        AutoTokenizer.from_pretrained(folder) for folder in (tiny_checkpoints / "truth", tmp_path / "converted")
    ]
    for text in ("Q: Is bread old?\nA: Yes, it is 7 days.\nTrue:", "  two  spaces\n", "\u2603 naïve"):
        ids = [tokenizer(text)["input_ids"] for tokenizer in tokenizers]
        assert ids[0] == ids[1]
    models = [
        AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True)
        for folder in (tiny_checkpoints / "truth", tmp_path / "converted")
    ]
    logits = [model(input_ids=torch.tensor([ids[0]])).logits for model in models]
    assert torch.equal(logits[0], logits[1])
    record = json.loads((tmp_path / "converted" / RECORD).read_text())["files"]
    for name, entry in record.items():
        assert entry["sha256"] == sha256(published / name)
        assert entry["sha256_of_written"] == sha256(tmp_path / "converted" / entry["written_as"])
    assert sum(entry["tensors"] for entry in record.values()) == len(models[0].state_dict())


def test_tensors_that_share_memory_are_written_apart(tmp_path):
    weight = torch.arange(6.0).reshape(2, 3)
    torch.save({"a": weight, "b": weight, "c": weight.T}, tmp_path / "pytorch_model.bin")
    (tmp_path / "converted").mkdir()
    convert(tmp_path, {"pytorch_model.bin": None}, tmp_path / "converted", "a/b")
    written = load_file(tmp_path / "converted" / "model.safetensors")
    assert torch.equal(written["b"], weight)
    assert torch.equal(written["c"], weight.T)


@pytest.mark.parametrize("save", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_a_pickle_that_could_run_code_is_refused_and_does_not_run(tmp_path, save):
    save({"weight": Malicious(tmp_path / "ran")}, tmp_path / "pytorch_model.bin")
    (tmp_path / "converted").mkdir()
    with pytest.raises(ValueError, match=r"a/b cannot be converted: .*(could run code|Weights only load failed)"):
        convert(tmp_path, {"pytorch_model.bin": None}, tmp_path / "converted", "a/b")
    assert not (tmp_path / "ran").exists()
    assert not list((tmp_path / "converted").iterdir())


def test_the_malicious_pickle_of_these_tests_does_run_where_nobody_is_careful(tmp_path):
    torch.save({"weight": Malicious(tmp_path / "ran")}, tmp_path / "pytorch_model.bin")
    torch.load(tmp_path / "pytorch_model.bin", weights_only=False)
    assert (tmp_path / "ran").exists()


def test_a_file_with_another_hash_is_not_read(published, tmp_path):
    hashes = hashes_of(published) | {"pytorch_model-00002-of-00002.bin": "0" * 64}
    (tmp_path / "converted").mkdir()
    with pytest.raises(ValueError, match=r"a/b cannot be converted: pytorch_model-00002.* the hub lists 0000"):
        convert(published, hashes, tmp_path / "converted", "a/b")
