"""Loads checkpoints and their tokenizers, onto a GPU where there is one; what is incomplete or damaged is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from superficial.errors import one_line
from superficial.models.checks import check_linear_head
from superficial.models.completeness import check_complete
from superficial.models.end_tokens import read_settings
from superficial.models.location import check_checkpoint, check_not_pointers, resolve
from superficial.models.placement import placement

_ADAPTER = "adapter_config.json"


def load_model(path: Path, as_stored: bool = False) -> tuple[PreTrainedModel, Any]:
    """Load a model and its tokenizer, in evaluation mode, onto a GPU where there is one.

    The model is held in the data type that its pointer names. Without a pointer it is held in the data type of its
    file on a GPU, and in float32 on the CPU. A model for text and images is loaded whole, and used for text.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.
        as_stored: keep the model on the CPU in the data type of its file, to be changed and saved.

    Raises:
        ValueError: if the folder is not a checkpoint, if its weights are not in safetensors, are incomplete or cannot
            be read, or if it is not a model of which heads can be extracted, see `check_linear_head`.
    """
    folder, dtype_of_pointer = resolve(path)
    check_checkpoint(folder, str(path))
    dtype = "auto" if as_stored else dtype_of_pointer or ("auto" if torch.cuda.is_available() else "float32")
    tokenizer = load_tokenizer(path)
    model_class = _model_class(folder)
    placed = {} if as_stored else placement(folder, dtype, model_class)
    model = load_complete(model_class, folder, dtype=dtype, generation_config=read_settings(folder), **placed)
    check_linear_head(model)
    return model, tokenizer


def load_complete(model_class: Any, folder: Path, **settings: Any) -> PreTrainedModel:
    """Load a model of a class of transformers, in evaluation mode, without leaving a weight at random.

    Args:
        model_class: such as `AutoModelForCausalLM`.
        folder: the checkpoint.
        settings: further arguments of `from_pretrained`.

    Raises:
        ValueError: if the weights cannot be read, or do not fit the model, see `check_complete`.
    """
    check_checkpoint(folder, str(folder))
    if (folder / _ADAPTER).is_file():
        raise ValueError(
            f"{folder} is an adapter ({_ADAPTER}): merge it into its base with peft's merge_and_unload, and save that."
        )
    try:
        # A checkpoint that brings its own code is refused.
        model, report = model_class.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            # The report then names them, see `check_complete`.
            ignore_mismatched_sizes=True,
            **settings,
        )
    except torch.OutOfMemoryError:
        raise
    # What a damaged file raises is not documented: errors of torch, safetensors, json and of absent libraries.
    except Exception as error:
        raise ValueError(f"The weights in {folder} cannot be read: {one_line(error)}") from error
    check_complete(model, report, folder)
    loaded: PreTrainedModel = model.eval()
    return loaded


def load_tokenizer(path: Path) -> Any:
    """Load a model's tokenizer as the class it was saved as.

    AutoTokenizer prefers the class of the model's type: it reads any tokenizer of a Qwen2 model as Qwen2's own, which
    joins the words it decodes.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.

    Raises:
        ValueError: if its files cannot be read.
    """
    folder, _ = resolve(path)
    check_not_pointers(folder)
    settings = folder / "tokenizer_config.json"
    try:
        saved = json.loads(settings.read_text(encoding="utf-8")).get("tokenizer_class") if settings.is_file() else None
        generic = saved == PreTrainedTokenizerFast.__name__
        return (PreTrainedTokenizerFast if generic else AutoTokenizer).from_pretrained(folder)
    # The readers of tokenizers raise errors of every kind, among them bare ones of the tokenizers library.
    except Exception as error:
        raise ValueError(f"The tokenizer in {folder} cannot be read: {one_line(error)}") from error


def _model_class(folder: Path) -> Any:
    """Return the class of transformers that loads a checkpoint whole: for text, or for text and images."""
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise ValueError(f"The configuration in {folder} cannot be read: {one_line(error)}") from error
    saved = set(config.architectures or [])
    for model_class in (AutoModelForCausalLM, AutoModelForImageTextToText):
        known: Any = model_class._model_mapping.get(type(config), None)
        if known is not None and known.__name__ in saved:
            return model_class
    return AutoModelForCausalLM
