"""A residual head as a LoRA adapter of the output head, in the files that peft reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

from superficial.models.identity import name_and_revision

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Written beside an adapter of a tied head, and said where it is made.
TIED_HEAD = (
    "The output head of this base model shares its weights with the input embeddings. Use the adapter without merging "
    "it: peft's merge_and_unload adds it to the embeddings as well, and the merged model is a different one. "
    "`invoke apply` without --lora writes a merged checkpoint with a head of its own."
)


def low_rank_factors(
    delta: Float[Tensor, "vocab width"], rank: int
) -> tuple[Float[Tensor, "vocab rank"], Float[Tensor, "rank width"]]:
    """Return left and right whose product is the matrix of this rank that is nearest to dW.

    Raises:
        ValueError: if the rank is not between 1 and the smaller side of dW.
    """
    if not 1 <= rank <= min(delta.shape):
        raise ValueError(
            f"The rank is {rank}; it must be between 1 and {min(delta.shape)} for a dW of {tuple(delta.shape)}."
        )
    left, values, right = torch.linalg.svd(delta, full_matrices=False)
    root = values[:rank].sqrt()
    return left[:, :rank] * root, root[:, None] * right[:rank]


def base_of_adapter(model: PreTrainedModel) -> tuple[str | None, str | None]:
    """Return how peft finds a model: its id on the hub and its revision, or the path of its folder and None."""
    path = model.name_or_path
    if not path:
        return None, None
    name, revision = name_and_revision(path)
    if revision is None and Path(path).is_dir():
        return str(Path(path).resolve()), None
    return name, revision or getattr(model.config, "_commit_hash", None)


def write_adapter(
    folder: Path,
    module: str,
    left: Float[Tensor, "vocab rank"],
    right: Float[Tensor, "rank width"],
    base: str | None,
    revision: str | None = None,
) -> None:
    """Write left right as the LoRA adapter of a model's output head.

    Args:
        folder: an existing folder.
        module: the name of the output head in its model, in most "lm_head".
        left: LoRA's B.
        right: LoRA's A.
        base: the id or the folder of the base model, for the adapter's configuration.
        revision: the base model's revision on the hub.
    """
    rank = len(right)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "revision": revision,
        "target_modules": [module],
        "r": rank,
        # The scale is lora_alpha / r: 1.
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    prefix = f"base_model.model.{module}"
    tensors = {f"{prefix}.lora_A.weight": right.contiguous(), f"{prefix}.lora_B.weight": left.contiguous()}
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
