"""Sizes of architectures, against counts that others published and against closed forms."""

import pytest
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from superficial.config.shapes import Architecture
from superficial.planning.sizes import adapter_parameters, cache_bytes, parameters, token_operations, weight_bytes
from tests.planning.profiles import PROFILES

PUBLISHED_COUNTS = {
    "llama-2-7b": 6_738_415_616,
    "llama-2-13b": 13_015_864_320,
    "mistral-7b": 7_248_023_552,
    "qwen2.5-3b": 3_085_938_688,
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "qwen2.5-0.5b": 494_032_768,
}
ARCHITECTURES = PROFILES["paper"].architectures | PROFILES["small"].architectures
TINY = Architecture(
    width=32,
    layers=3,
    heads=4,
    key_value_heads=2,
    feed_forward=48,
    vocabulary=64,
    tied=False,
    attention_bias=False,
)


@pytest.mark.parametrize(("name", "count"), PUBLISHED_COUNTS.items())
def test_every_architecture_has_the_published_number_of_weights(name, count):
    assert parameters(ARCHITECTURES[name]) == count
    assert weight_bytes(ARCHITECTURES[name], "bfloat16") == 2 * count


def test_cache_and_operations_of_llama_2_7b():
    architecture = ARCHITECTURES["llama-2-7b"]
    # 32 layers, keys and values of 4096 numbers of two bytes.
    assert cache_bytes(architecture, "bfloat16") == 32 * 2 * 4096 * 2
    # About two operations a weight; attention to 1,000 tokens adds two products of 4096 with each, in 32 layers.
    assert token_operations(architecture, 0) == pytest.approx(2 * 6.607e9, rel=1e-3)
    assert token_operations(architecture, 1000) - token_operations(architecture, 0) == 2 * 2 * 32 * 4096 * 1000


def test_adapters_have_as_many_weights_as_peft_adds():
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=48,
    )
    model = get_peft_model(
        LlamaForCausalLM(config), LoraConfig(r=5, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    assert adapter_parameters(TINY, 5) == sum(p.numel() for p in model.parameters() if p.requires_grad)
