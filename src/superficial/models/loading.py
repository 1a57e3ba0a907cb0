"""Loads a pair's checkpoints and refuses what the method cannot represent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

_TOLERANCE = 1e-4


def load_model(path: Path) -> tuple[PreTrainedModel, Any]:
    """Load a checkpoint folder and its tokenizer, in float32 and evaluation mode.

    Raises:
        ValueError: where the folder is missing, holds no checkpoint, or its weights cannot be read, or the model
            changes its logits after the head.
    """
    if not (path / "config.json").is_file():
        raise ValueError(f"{path} is no checkpoint: it has no config.json.")
    try:
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
        tokenizer = load_tokenizer(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(f"The weights in {path} cannot be read: {' '.join(str(error).split())}") from error
    check_linear_head(model)
    return model.eval(), tokenizer


def load_tokenizer(path: Path) -> Any:
    """Load a folder's tokenizer as the class it was saved as.

    AutoTokenizer goes by the model's type first: it reads any tokenizer beside a Qwen2 model as Qwen2's own, which
    joins the words it decodes.
    """
    saved = json.loads((path / "tokenizer_config.json").read_text(encoding="utf-8")).get("tokenizer_class")
    generic = saved == PreTrainedTokenizerFast.__name__
    return (PreTrainedTokenizerFast if generic else AutoTokenizer).from_pretrained(path)


@torch.inference_mode()
def check_linear_head(model: PreTrainedModel) -> None:
    """Check on a probe input that the logits are the output head times the final hidden state, and nothing more.

    Raises:
        ValueError: where they are not (soft caps, logit scaling): a residual on the head would not be dW h there.
    """
    probe = torch.arange(1, 6).unsqueeze(0) % model.config.vocab_size
    hidden = model.get_decoder()(input_ids=probe).last_hidden_state
    difference = (model.get_output_embeddings()(hidden) - model(input_ids=probe).logits).abs().max().item()
    if difference > _TOLERANCE:
        raise ValueError(
            f"{model.config.model_type} changes its logits after the output head (by up to {difference:.3g} on a "
            "probe), as a soft cap or a logit scale does; only logits that are head times hidden state will do."
        )


def check_same_vocabulary(base: Any, aligned: Any) -> None:
    """Check that two tokenizers give every token the same number.

    Raises:
        ValueError: where they differ, with the sizes and one token that differs.
    """
    left, right = base.get_vocab(), aligned.get_vocab()
    if left != right:
        token = min(set(left.items()) ^ set(right.items()))[0]
        raise ValueError(
            f"The base and the aligned model must share one vocabulary: theirs have {len(left)} and {len(right)} "
            f"tokens, and {token!r} is one that differs."
        )
