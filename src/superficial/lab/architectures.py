"""New lab models: small models of transformers' own classes, and which of their parameters are trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Config,
)

from superficial.config import Shape
from superficial.config.lab import TrainedBlocks

# The usual 0.02 suits wide models. At these widths models learn to copy late with it, in some worlds never.
INITIALIZER_RANGE = 0.06

ARCHITECTURES: dict[str, tuple[Callable[..., PreTrainedConfig], dict[str, Any]]] = {
    "llama": (LlamaConfig, {}),
    "mistral": (MistralConfig, {"sliding_window": 128}),
    "qwen2": (Qwen2Config, {}),
}


def new_model(tokenizer: PreTrainedTokenizerBase, shape: Shape, architecture: str, seed: int) -> PreTrainedModel:
    """Return an untrained model of one of `ARCHITECTURES`. Its output head shares the embeddings, see `untie_head`."""
    torch.manual_seed(seed)
    config_class, options = ARCHITECTURES[architecture]
    config = config_class(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=512,
        initializer_range=INITIALIZER_RANGE,
        # With tied embeddings a model can say every word that it reads; untied, some worlds never learn to copy.
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )
    return AutoModelForCausalLM.from_config(config)


def untie_head(model: PreTrainedModel) -> None:
    """Give the output head of a model its own copy of the embeddings, so that it can be changed alone."""
    head = model.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    model.config.tie_word_embeddings = False


def set_trained_parameters(model: PreTrainedModel, trained: Literal["all", "head", "backbone"] | TrainedBlocks) -> None:
    """Freeze all parameters of a model except those to train: all, its output head, everything else, or some blocks."""
    every, head = set(model.parameters()), set(model.get_output_embeddings().parameters())
    if isinstance(trained, TrainedBlocks):
        layers = model.get_decoder().layers
        chosen = {parameter for number in trained.blocks for parameter in layers[number].parameters()}
    else:
        chosen = {"all": every, "head": head, "backbone": every - head}[trained]
    for parameter in every:
        parameter.requires_grad_(parameter in chosen)
