"""Output heads against the models they are from, and the file of a pair."""

import pytest
import torch
from safetensors.torch import save_file

from superficial.models.checks import check_linear_head
from superficial.traces.output_head import OutputHead, Pair
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import WITH_BIAS, tiny_model


@pytest.mark.parametrize("architecture", WITH_BIAS)
def test_a_head_with_a_bias_gives_the_models_logits(architecture):
    model = tiny_model(architecture, 1)
    check_linear_head(model)
    head = OutputHead.of(model)
    ids = torch.tensor([[3, 4, 5]])
    with torch.no_grad():
        logits = model(input_ids=ids).logits
        hidden = model.get_decoder()(input_ids=ids).last_hidden_state
    assert_rows_close(head.logits(hidden), logits)
    assert head.bias is not None and head.bias.abs().max() > 0.1
    tokens = torch.tensor([9, 2])
    assert_rows_close(head.select(tokens).logits(hidden), logits[..., tokens])


def test_a_residual_is_added_to_the_weight():
    weight, delta, hidden = torch.randn(5, 3), torch.randn(5, 3), torch.randn(7, 3)
    bias = torch.randn(5)
    expected = torch.stack([torch.stack([(w + d) @ h for w, d in zip(weight, delta, strict=True)]) for h in hidden])
    assert_rows_close(OutputHead(weight, bias).with_residual(delta).logits(hidden), expected + bias)


def test_a_pair_is_read_as_it_was_written(tmp_path):
    base = OutputHead(torch.randn(5, 3))
    aligned = OutputHead(torch.randn(5, 4), torch.randn(5))
    Pair(base, aligned).write(tmp_path / "weights.safetensors")
    read = Pair.read(tmp_path / "weights.safetensors")
    assert torch.equal(read.base.weight, base.weight) and read.base.bias is None
    assert torch.equal(read.aligned.weight, aligned.weight)
    assert torch.equal(read.aligned.bias, aligned.bias)
    assert read.vocabulary_size == 5
    moved = read.to("meta")
    assert (read.device.type, moved.device.type, moved.aligned.bias.device.type) == ("cpu", "meta", "meta")
    assert moved.base.bias is None


def test_heads_of_different_vocabularies_are_not_a_pair(tmp_path):
    save_file({"base": torch.eye(3), "aligned": torch.eye(4)}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match=r"is not a pair of output heads: aligned is \(4, 4\)"):
        Pair.read(tmp_path / "weights.safetensors")
