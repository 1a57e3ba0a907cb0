"""Tiny random models, of the architectures that users of the library bring, and traces of a pair of them."""

import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from superficial.heads.merging import merge
from superficial.models.generation import generate
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses

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
    """A random model of an architecture, with a random bias where its output head has one."""
    config = AutoConfig.for_model(architecture, **ARCHITECTURES[architecture], bos_token_id=0, eos_token_id=None)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    bias = getattr(model.get_output_embeddings(), "bias", None)
    if bias is not None:
        torch.nn.init.normal_(bias)
    return model.to(dtype).eval()


END_TOKEN = 2


def tiny_llama(seed: int, tied: bool = False) -> LlamaForCausalLM:
    """A random Llama whose end token is `END_TOKEN`."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=48,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        tie_word_embeddings=tied,
        eos_token_id=END_TOKEN,
        initializer_range=0.4,
    )
    return LlamaForCausalLM(config).eval()


def random_prompts(seed: int, count: int) -> list[list[int]]:
    """Prompts of two to eight random tokens for `tiny_llama`."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 9, (count,), generator=generator).tolist()
    return [torch.randint(3, 48, (length,), generator=generator).tolist() for length in lengths]


def head_only_pair() -> tuple[Pair, Trace, Trace]:
    """A pair whose models differ in their output heads alone, with a training and a validation trace."""
    base, aligned = tiny_llama(0), tiny_llama(0)
    torch.manual_seed(5)
    merge(aligned, 0.3 * torch.randn_like(aligned.lm_head.weight))
    prompts = random_prompts(2, 200)
    responses = generate(aligned, prompts, END_TOKEN, max_new_tokens=6, batch_size=64)
    trace = trace_responses(base, aligned, prompts, prompts, responses, 64)
    return Pair.of(base, aligned), trace.select(trace.prompt >= 20), trace.select(trace.prompt < 20)
