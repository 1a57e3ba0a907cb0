"""Checkpoints whose weights are not those of their model are refused; nothing is filled with random numbers."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from superficial.models.identity import weights_fingerprints
from superficial.models.loading import load_complete, load_model
from tests.support.tiny_models import SIZE, tiny_model


def _prefixed(weights, prefix):
    return {prefix + name: weight for name, weight in weights.items()}


# What is done to the weights of an untied Llama, and what the message says.
DAMAGES = {
    "prefix of torch.compile": (lambda weights: _prefixed(weights, "_orig_mod."), "lacks weights .*_orig_mod"),
    "prefix of a wrapper": (lambda weights: _prefixed(weights, "module."), r"lacks weights .*module\."),
    "adapter in the weights": (lambda weights: _prefixed(weights, "base_model.model."), "lacks weights .*base_model"),
    "no output head": (lambda weights: _without(weights, "lm_head.weight"), "lacks weights .*lm_head.weight"),
    "no layer": (lambda weights: _without(weights, "model.layers.1."), "lacks weights .* and 6 others"),
    "a bias that is not used": (
        lambda weights: weights | {"model.layers.0.self_attn.q_proj.bias": torch.ones(32)},
        "does not use: model.layers.0.self_attn.q_proj.bias",
    ),
    "more layers": (
        lambda weights: weights | {"model.layers.2.input_layernorm.weight": torch.ones(32)},
        r"does not use: model.layers.2",
    ),
    "a bias of the head": (lambda weights: weights | {"lm_head.bias": torch.ones(64)}, "does not use: lm_head.bias"),
    "other sizes": (
        lambda weights: weights | {"lm_head.weight": torch.ones(60, 32)},
        r"not of the sizes .* lm_head.weight \(60, 32\) for \(64, 32\)",
    ),
    "a value head beside the model": (lambda weights: weights | {"v_head.summary.weight": torch.ones(1, 32)}, None),
    "frequencies that are computed": (
        lambda weights: weights | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)},
        None,
    ),
}


def _without(weights, beginning):
    return {name: weight for name, weight in weights.items() if not name.startswith(beginning)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_weights_that_do_not_fit_are_refused_by_name(damage, tmp_path, tokenizer):
    change, message = DAMAGES[damage]
    model = tiny_model("llama", 0)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    save_file(change(load_file(weights)), weights, metadata={"format": "pt"})
    if message is None:
        assert weights_fingerprints(load_model(tmp_path)[0]) == weights_fingerprints(model)
    else:
        with pytest.raises(ValueError, match=message) as raised:
            load_model(tmp_path)
        assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("architecture", ["gemma", "gpt2"])
def test_a_tied_checkpoint_without_an_output_head_is_complete(architecture, tmp_path, tokenizer):
    model = tiny_model(architecture, 0)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert not any(name.startswith("lm_head") for name in load_file(tmp_path / "model.safetensors"))
    assert weights_fingerprints(load_model(tmp_path)[0]) == weights_fingerprints(model)


def test_a_classifier_without_its_head_is_refused(tmp_path):
    size = {name: value for name, value in SIZE.items() if name != "num_key_value_heads"}
    RobertaForSequenceClassification(RobertaConfig(**size)).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    # The pooler of an encoder, which this class has no use for, is in good checkpoints of toxicity classifiers.
    complete = weights | {"roberta.pooler.dense.weight": torch.ones(32, 32)}
    save_file(complete, tmp_path / "model.safetensors", metadata={"format": "pt"})
    load_complete(AutoModelForSequenceClassification, tmp_path)
    save_file(_without(weights, "classifier."), tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"lacks weights that RobertaForSequenceClassification needs: classifier"):
        load_complete(AutoModelForSequenceClassification, tmp_path)


def test_an_adapter_is_not_loaded_as_the_model_that_it_names(tmp_path, tokenizer):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "somebody/model"}')
    with pytest.raises(ValueError, match="is an adapter"):
        load_model(tmp_path)
