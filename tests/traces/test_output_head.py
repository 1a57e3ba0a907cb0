"""Output heads against the models they are from, and the file of a pair."""

import re

import pytest
import torch
from safetensors.torch import save_file

from superficial.models.checks import check_linear_head
from superficial.traces.output_head import OutputHead, Pair
from tests.support.rounding import assert_rows_close
from tests.support.simulated_gpu import simulated_gpu
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


@pytest.mark.parametrize("part", ["weight", "bias"])
@pytest.mark.parametrize(("path", "name"), [("", "the model"), ("some/phi", "some/phi")])
def test_a_head_with_a_weight_that_is_not_finite_is_refused_by_the_name_of_its_model(part, path, name):
    model = tiny_model("phi", 1)
    model.name_or_path = path
    getattr(model.lm_head, part).data[3] = float("nan")
    with pytest.raises(ValueError, match=f"The output head of {name} has weights that are not finite"):
        OutputHead.of(model)


def test_states_of_half_precision_have_exact_products_with_any_weights(monkeypatch):
    torch.manual_seed(0)
    hidden = torch.randn(7, 3)
    # Half precision can hold the first weights, and not the second.
    weights = [torch.tensor([[1.0, -2, 3], [4, 5, -6], [0, 1, 8], [-3, 2, 2]]), torch.randn(4, 3)]
    products = [
        (weight, states, states.float() @ weight.T) for weight in weights for states in (hidden, hidden.bfloat16())
    ]
    for weight, states, expected in products:
        assert_rows_close(OutputHead(weight).logits(states), expected)
    with simulated_gpu(monkeypatch, gigabytes=1):
        for weight, states, expected in products:
            assert_rows_close(OutputHead(weight).to("cuda").logits(states).cpu(), expected)


def test_a_residual_is_added_to_the_weight():
    weight, delta, hidden = torch.randn(5, 3), torch.randn(5, 3), torch.randn(7, 3)
    bias = torch.randn(5)
    expected = torch.stack([torch.stack([(w + d) @ h for w, d in zip(weight, delta, strict=True)]) for h in hidden])
    assert_rows_close(OutputHead(weight, bias).with_residual(delta).logits(hidden), expected + bias)


def test_a_pair_is_read_as_it_was_written(tmp_path):
    base = OutputHead(torch.randn(300, 3))
    aligned = OutputHead(torch.randn(300, 4), torch.randn(300))
    Pair(base, aligned).write(tmp_path / "weights.safetensors")
    read = Pair.read(tmp_path / "weights.safetensors")
    assert torch.equal(read.base.weight, base.weight) and read.base.bias is None
    assert torch.equal(read.aligned.weight, aligned.weight)
    assert torch.equal(read.aligned.bias, aligned.bias)
    assert read.vocabulary_size == 300
    moved = read.to("meta")
    assert (read.device.type, moved.device.type, moved.aligned.bias.device.type) == ("cpu", "meta", "meta")
    assert moved.base.bias is None


@pytest.mark.parametrize(
    ("name", "shape"),
    [("aligned", (4, 4)), ("aligned", (2, 3)), ("aligned", (3,)), ("aligned", (3, 3, 1)), ("aligned_bias", (3, 1))],
)
def test_heads_of_different_vocabularies_or_other_dimensions_are_not_a_pair(tmp_path, name, shape):
    tensors = {"base": torch.ones(3, 5), "aligned": torch.ones(3, 5)} | {name: torch.ones(shape)}
    save_file(tensors, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match=f"is not a pair of output heads: {name} is {re.escape(str(shape))}"):
        Pair.read(tmp_path / "weights.safetensors")
