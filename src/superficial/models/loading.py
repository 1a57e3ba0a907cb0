"""Loads checkpoints and their tokenizers, onto a GPU where there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from superficial.errors import one_line
from superficial.models.checks import check_linear_head
from superficial.models.location import check_checkpoint, resolve
from superficial.models.placement import placement


def load_model(path: Path, as_stored: bool = False) -> tuple[PreTrainedModel, Any]:
    """Load a model and its tokenizer, in evaluation mode, onto a GPU where there is one.

    The model is held in the data type that its pointer names. Without a pointer it is held in the data type of its
    file on a GPU, and in float32 on the CPU.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.
        as_stored: keep the model on the CPU in the data type of its file, to be changed and saved.

    Raises:
        ValueError: if the folder is not a checkpoint, if its weights are not in safetensors or cannot be read, or if
            its logits are not head times hidden state, see `check_linear_head`.
    """
    folder, dtype_of_pointer = resolve(path)
    check_checkpoint(folder, str(path))
    dtype = "auto" if as_stored else dtype_of_pointer or ("auto" if torch.cuda.is_available() else "float32")
    try:
        # A checkpoint that brings its own code is refused.
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            **({} if as_stored else placement(folder, dtype)),
        )
        tokenizer = load_tokenizer(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"The weights in {path} cannot be read: {one_line(error)}") from error
    check_linear_head(model)
    return model.eval(), tokenizer


def load_tokenizer(path: Path) -> Any:
    """Load a model's tokenizer as the class it was saved as.

    AutoTokenizer prefers the class of the model's type: it reads any tokenizer of a Qwen2 model as Qwen2's own, which
    joins the words it decodes.
    """
    folder, _ = resolve(path)
    saved = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")).get("tokenizer_class")
    generic = saved == PreTrainedTokenizerFast.__name__
    return (PreTrainedTokenizerFast if generic else AutoTokenizer).from_pretrained(folder)
