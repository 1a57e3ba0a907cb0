"""Tiny random checkpoints of several architectures, as the library's users bring them."""

import torch
from transformers import AutoConfig, AutoModelForCausalLM

WORDS = ["<end>", "<user>", "<assistant>", *(f"w{i}" for i in range(61))]
SIZE = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "initializer_range": 0.4,
}
GPT_SIZE = {"vocab_size": len(WORDS), "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "rotary_dim": 4}
ARCHITECTURES = {
    "llama": SIZE,
    "mistral": SIZE | {"sliding_window": 32},
    "qwen2": SIZE,
    "gemma": SIZE | {"head_dim": 8, "tie_word_embeddings": True},
    "gpt2": GPT_SIZE | {"initializer_range": 0.4},
    "gptj": GPT_SIZE | {"initializer_range": 0.4},
    "phi": SIZE,
}
TIED = ("gemma", "gpt2")
WITH_BIAS = ("gptj", "phi")


def tiny_model(architecture: str, seed: int, dtype: torch.dtype = torch.float32):
    config = AutoConfig.for_model(architecture, **ARCHITECTURES[architecture], bos_token_id=0, eos_token_id=None)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    bias = getattr(model.get_output_embeddings(), "bias", None)
    if bias is not None:
        torch.nn.init.normal_(bias)
    return model.to(dtype).eval()
