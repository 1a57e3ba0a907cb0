"""Converts weights from GGUF, the format of llama.cpp, to a checkpoint in safetensors, dequantized to float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from superficial.errors import one_line


@contextmanager
def _parsed_once() -> Iterator[None]:
    """Let transformers parse a file once: it does so anew for the configuration, the weights and the tokenizer.

    Each time costs 5 CPU seconds at 49,152 tokens; Gemma has five times as many.
    """
    import gguf

    module: Any = gguf
    parse = module.GGUFReader
    module.GGUFReader = cache(parse)
    try:
        yield
    finally:
        module.GGUFReader = parse


def convert_gguf(file: Path, folder: Path, identity: str) -> None:
    """Write the model and the tokenizer of a GGUF file as a checkpoint.

    Args:
        file: the weights.
        folder: an existing folder.
        identity: the name of the model in messages.

    Raises:
        ValueError: if the package gguf is not installed, or the file cannot be read.
    """
    # Imported where they are needed: the stage that fetches checkpoints of the hub starts without torch.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with _parsed_once():
            quantized = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    except ImportError as error:
        raise ValueError(f"{identity} is in the format GGUF: install the package gguf, which reads it.") from error
    # What a damaged file raises is not documented.
    except Exception as error:
        raise ValueError(f"{identity} cannot be read as GGUF: {one_line(error)}") from error
    # transformers still regards this model as quantized, and would neither save nor tune it.
    if hasattr(quantized.config, "quantization_config"):
        del quantized.config.quantization_config
    model = AutoModelForCausalLM.from_config(quantized.config)
    model.load_state_dict(quantized.state_dict())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
