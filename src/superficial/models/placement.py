"""Which part of a model is held on which GPU, or on the host where no GPU has room for it."""

from __future__ import annotations

import gc
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate import infer_auto_device_map, init_empty_weights
from accelerate.utils import get_max_memory
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

# Free memory that a GPU needs, relative to the weights: activations and the key-value cache of a batch come on top.
_HEADROOM = 1.3


def placement(folder: Path, dtype: str, model_class: Any = AutoModelForCausalLM) -> dict[str, Any]:
    """Return the arguments of `from_pretrained` that place a checkpoint: on one GPU, on several, or on the CPU.

    Args:
        folder: the checkpoint.
        dtype: the data type it is loaded in; "auto" is that of its file.
        model_class: the class of transformers that loads it.
    """
    if not torch.cuda.is_available():
        return {}
    # Otherwise the memory of a model that is no longer used would count as taken.
    gc.collect()
    torch.cuda.empty_cache()
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    fits = torch.cuda.mem_get_info(0)[0] > _HEADROOM * size
    with init_empty_weights():
        model = model_class.from_config(AutoConfig.from_pretrained(folder))
    flash = find_spec("flash_attn") is not None and model._supports_flash_attn
    return {
        "device_map": {"": 0} if fits else _device_map(model, dtype),
        # Otherwise transformers takes the fastest kind that the architecture has.
        **({"attn_implementation": "flash_attention_2"} if flash else {}),
    }


def _device_map(model: PreTrainedModel, dtype: str) -> dict[str, int | str]:
    """Return the device of each part of a model; the embeddings and the output head are on the first GPU.

    Accelerate moves a part on the host to a GPU each time it is used. The output head must not be such a part: what is
    merged into it would be lost with every move. Inputs are sent to the device of the embeddings.
    """
    held: Any = model.config.dtype if dtype == "auto" else getattr(torch, dtype)
    model.tie_weights()
    pinned = [model.get_input_embeddings(), model.get_output_embeddings()]
    names = [name for name, module in model.named_modules() if any(module is part for part in pinned)]
    memory = {
        device: int(size / _HEADROOM) if isinstance(device, int) else size for device, size in get_max_memory().items()
    }
    memory[0] = max(0, memory[0] - sum(part.weight.numel() * held.itemsize for part in pinned))
    devices = infer_auto_device_map(model, memory, model._no_split_modules, dtype=held, clean_result=False)
    return devices | dict.fromkeys(names, 0)
