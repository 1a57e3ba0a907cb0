"""Numbers that are not finite are refused wherever they enter: heads, strengths, merged weights, files."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.loading import load_head
from superficial.heads.merging import merge, merged_temporarily
from superficial.heads.residual import ResidualHead
from tests.support.tiny_models import tiny_llama

NOT_STRENGTHS = [float("nan"), float("inf"), -float("inf"), 1e39, "1", True, None, np.float64("nan")]


def residual(matrix, alpha=1.0):
    return ResidualHead(matrix, alpha)


def black_box(matrix, alpha=1.0):
    return BlackBoxHead.dense(matrix, 2, alpha)


@pytest.mark.parametrize("alpha", NOT_STRENGTHS)
@pytest.mark.parametrize("make", [residual, black_box])
def test_a_strength_is_a_finite_number(make, alpha):
    with pytest.raises(ValueError, match=r"The strength is .*; it must be a finite number, at most 3\.4e\+38 in size"):
        make(torch.eye(4), alpha)
    with pytest.raises(ValueError, match="The strength is"):
        make(torch.eye(4)).with_strength(alpha)


@pytest.mark.parametrize("make", [residual, black_box])
def test_a_matrix_is_finite_alone_and_at_its_strength(make):
    for value in (float("nan"), float("inf"), -float("inf")):
        matrix = torch.eye(4)
        matrix[2, 1] = value
        with pytest.raises(ValueError, match="matrix of this head has values that are not finite"):
            make(matrix)
    assert make(1e20 * torch.eye(4)).with_strength(1e18).alpha == 1e18
    with pytest.raises(ValueError, match=r"strength is 1e\+19 and this head has values up to 1e\+20; float32 cannot"):
        make(-1e20 * torch.eye(4)).with_strength(1e19)


@pytest.mark.parametrize("make", [residual, black_box])
def test_the_largest_number_is_finite(make):
    largest = torch.finfo(torch.float32).max
    assert make(torch.eye(4), largest).matrix.max() == largest


def test_an_adapter_must_be_finite_together_with_the_head_that_it_changes(tmp_path):
    """The largest number of float16 is 65504."""
    model = tiny_llama(0).half()
    ResidualHead(torch.full((48, 32), 4e4)).save_lora(model, tmp_path / "adapter", 1)
    with pytest.raises(ValueError, match="would not be finite in float16"):
        ResidualHead(torch.full((48, 32), 7e4)).save_lora(model, tmp_path / "larger", 1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_merged_head_must_be_finite_in_the_dtype_of_the_model(dtype):
    """7e4 is beyond float16 and within bfloat16; the model is unchanged where it is refused."""
    model = tiny_llama(0).to(dtype)
    weight, delta = model.lm_head.weight, torch.full((48, 32), 7e4)
    if dtype == torch.float16:
        for attempt in (lambda: merge(model, delta), lambda: merged_temporarily(model, delta).__enter__()):
            with pytest.raises(
                ValueError, match=r"At strength 1 the output head would not be finite in float16, whose"
            ):
                attempt()
            assert model.lm_head.weight is weight
    else:
        merge(model, delta)
        assert model.lm_head.weight.isfinite().all()


def test_a_file_with_a_number_that_is_not_finite_is_no_head(tmp_path):
    ResidualHead(torch.eye(3)).save(tmp_path / "head")
    tensors = load_file(tmp_path / "head" / "head.safetensors")
    tensors["delta"][1, 1] = float("nan")
    save_file(tensors, tmp_path / "head" / "head.safetensors")
    with pytest.raises(ValueError, match=r"head\.safetensors is not a head: delta has values that are not finite"):
        load_head(tmp_path / "head")
    ResidualHead(torch.eye(3)).save(tmp_path / "strong")
    card = json.loads((tmp_path / "strong" / "card.json").read_text())
    (tmp_path / "strong" / "card.json").write_text(json.dumps(card | {"alpha": float("inf")}))
    with pytest.raises(ValueError, match=r"card in .*strong has alpha inf"):
        load_head(tmp_path / "strong")


def test_a_card_with_a_number_that_is_not_finite_is_not_written(tmp_path):
    head = ResidualHead(torch.eye(3), card={"validation_kl_after": float("nan")})
    with pytest.raises(ValueError, match=r"card\.json cannot be written: it would have numbers that are not finite"):
        head.save(tmp_path / "head")
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_that_was_changed_after_it_was_checked_is_not_saved(tmp_path):
    head = ResidualHead(torch.eye(3))
    head.delta[1, 1] = float("nan")
    with pytest.raises(ValueError, match="cannot be saved: delta has values that are not finite"):
        head.save(tmp_path / "head")
    assert list(tmp_path.iterdir()) == []
