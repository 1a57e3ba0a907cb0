"""Where a model's files are, with a pointer and without one."""

import pytest

from superficial.models.location import (
    Pointer,
    check_checkpoint,
    read_pointer,
    resolve,
    weight_files,
    write_pointer,
)


@pytest.fixture
def weights(tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"12345678")
    return folder


@pytest.fixture
def model(tmp_path, weights):
    folder = tmp_path / "model"
    folder.mkdir()
    write_pointer(folder, Pointer(str(weights), "bfloat16", "a/b@1", weight_files(weights)))
    return folder


def test_a_folder_without_a_pointer_is_the_checkpoint(weights):
    assert read_pointer(weights) is None
    assert resolve(weights) == (weights, None)


def test_a_pointer_leads_to_the_checkpoint(model, weights):
    assert read_pointer(model) == Pointer(str(weights), "bfloat16", "a/b@1", {"model.safetensors": 8})
    assert resolve(model) == (weights, "bfloat16")


def test_a_pointer_without_a_folder_names_the_data_type_of_its_own(weights):
    write_pointer(weights, Pointer("", "float16", "tuned", {}))
    assert resolve(weights) == (weights, "float16")


@pytest.mark.parametrize("content", [b"1", None], ids=["changed", "missing"])
def test_a_pointer_to_files_that_changed_is_refused(model, weights, content):
    file = weights / "model.safetensors"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"a/b@1: model\.safetensors in .* is missing or has changed; remove .*model to"
    ):
        resolve(model)


def test_a_checkpoint_has_a_config_and_weights_in_safetensors(weights):
    check_checkpoint(weights, "a/b")
    (weights / "model.safetensors").rename(weights / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"a/b has no weights in safetensors; .* Try another commit\."):
        check_checkpoint(weights, "a/b", " Try another commit.")
    (weights / "config.json").unlink()
    with pytest.raises(ValueError, match=r"weights is not a checkpoint: it has no config\.json"):
        check_checkpoint(weights, "a/b")
