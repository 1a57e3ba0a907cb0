"""Converts weights from GGUF, the format of llama.cpp, to a checkpoint in safetensors, dequantized to float32."""

from __future__ import annotations

from pathlib import Path

from superficial.errors import one_line


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
