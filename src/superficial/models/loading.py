"""Loads checkpoints, onto a GPU where there is one, and refuses what the method cannot represent."""

from __future__ import annotations

import gc
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate import infer_auto_device_map, init_empty_weights
from accelerate.utils import get_max_memory
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from superficial.models.checkpoints import resolve

# What a card must have free beside the weights: activations and the cache of a batch.
_ROOM = 1.3
# Relative; wide enough for bfloat16.
_TOLERANCE = 1e-2
_PLANTED = 100.0


def placement(folder: Path, dtype: str) -> dict[str, Any]:
    """Return where `from_pretrained` puts a checkpoint of a dtype ("auto": its own): on a card, on all, or here."""
    if not torch.cuda.is_available():
        return {}
    # Else what a model before this one held, and its cache, would count as taken.
    gc.collect()
    torch.cuda.empty_cache()
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    fits = torch.cuda.mem_get_info(0)[0] > _ROOM * size
    flash = find_spec("flash_attn") is not None
    return {
        "device_map": {"": 0} if fits else _spread(folder, dtype),
        "attn_implementation": "flash_attention_2" if flash else "sdpa",
    }


def _spread(folder: Path, dtype: str) -> dict[str, int | str]:
    """Return which part of a model goes to which card or the host; its embeddings and head to the first card.

    A part on the host is brought to a card whenever it has its turn. The head must not be: what is merged into it would
    be lost with each turn. Where the embeddings are, texts are sent to.
    """
    with init_empty_weights():
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    held = model.config.dtype if dtype == "auto" else getattr(torch, dtype)
    model.tie_weights()
    ends = [model.get_input_embeddings(), model.get_output_embeddings()]
    names = [name for name, module in model.named_modules() if any(module is end for end in ends)]
    room = {place: int(size / _ROOM) if isinstance(place, int) else size for place, size in get_max_memory().items()}
    room[0] = max(0, room[0] - sum(end.weight.numel() * held.itemsize for end in ends))
    found = infer_auto_device_map(model, room, model._no_split_modules, dtype=held, clean_result=False)
    return found | dict.fromkeys(names, 0)


def load_model(path: Path, as_stored: bool = False) -> tuple[PreTrainedModel, Any]:
    """Load a model's checkpoint and its tokenizer, in evaluation mode, onto a GPU where there is one.

    It is held in the dtype that its pointer names; without one, in that of its file on a GPU, as float32 on the CPU.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.
        as_stored: keep it on the CPU and in the dtype of its file, to be changed and saved.

    Raises:
        ValueError: where the folder is missing, holds no checkpoint, or its weights cannot be read, or the model
            changes its logits after the head, or they are not numbers.
    """
    folder, said = resolve(path)
    dtype = "auto" if as_stored else said or ("auto" if torch.cuda.is_available() else "float32")
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} is no checkpoint: it has no config.json.")
    if not list(folder.glob("*.safetensors")):
        raise ValueError(
            f"{path} has no weights in safetensors, and no other format is read: others can hold programs."
        )
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
        raise ValueError(f"The weights in {path} cannot be read: {' '.join(str(error).split())}") from error
    check_linear_head(model)
    return model.eval(), tokenizer


def load_tokenizer(path: Path) -> Any:
    """Load a model's tokenizer as the class it was saved as.

    AutoTokenizer goes by the model's type first: it reads any tokenizer beside a Qwen2 model as Qwen2's own, which
    joins the words it decodes.
    """
    folder, _ = resolve(path)
    saved = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")).get("tokenizer_class")
    generic = saved == PreTrainedTokenizerFast.__name__
    return (PreTrainedTokenizerFast if generic else AutoTokenizer).from_pretrained(folder)


@torch.inference_mode()
def check_linear_head(model: PreTrainedModel) -> None:
    """Check that the head reads the final hidden state, and that the logits are what it gives, and nothing more.

    The head is made to give planted values on a probe input: a soft cap shows only in large ones.

    Raises:
        ValueError: where they are not (soft caps, logit scaling): a residual on the head would not be dW h there; or
            where they are not numbers.
    """
    head = model.get_output_embeddings()
    probe = (torch.arange(1, 6).unsqueeze(0) % model.config.vocab_size).to(model.device)
    hidden = model.get_decoder()(input_ids=probe).last_hidden_state
    if not hidden.isfinite().all() or not head.weight.isfinite().all():
        raise ValueError(
            f"The logits of this {model.config.model_type} are not finite in {model.dtype}: its weights are damaged, "
            "or it needs another dtype."
        )
    read: list[torch.Tensor] = []

    given = torch.linspace(-_PLANTED, _PLANTED, model.config.vocab_size, device=hidden.device, dtype=hidden.dtype)

    def plant(_: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        read.append(inputs[0])
        return given.expand_as(output)

    hook = head.register_forward_hook(plant)
    try:
        logits = model(input_ids=probe).logits
    finally:
        hook.remove()
    after = (logits.float() - given.float()).abs().max().item()
    if after > _TOLERANCE * _PLANTED:
        raise ValueError(
            f"{model.config.model_type} changes its logits after the output head (by up to {after:.3g} where "
            f"they are {_PLANTED:.0f}), as a soft cap or a logit scale does; only logits that are head times hidden "
            "state will do."
        )
    before = (read[0] - hidden).float().abs().max().item()
    if before > _TOLERANCE * hidden.abs().max().item():
        raise ValueError(
            f"The output head of {model.config.model_type} does not read the final hidden state, but something that "
            f"differs from it by up to {before:.3g}; only logits that are head times hidden state will do."
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
