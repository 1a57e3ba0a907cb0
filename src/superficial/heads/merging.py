"""The residual dW on a base model's output head (section 2.2): merged into a model, taken out again, or as LoRA."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@torch.no_grad()
def merge(model: PreTrainedModel, delta: Float[Tensor, "vocab width"], alpha: float = 1.0) -> PreTrainedModel:
    """Add alpha dW to the model's output head, in place, and return the model.

    The sum is made in float32 and kept in the head's dtype. A head tied to the input embeddings is untied first, and
    the configuration says so, or a saved checkpoint would load with the old head.

    Raises:
        ValueError: where dW has not the head's shape.
    """
    head = model.get_output_embeddings()
    if delta.shape != head.weight.shape:
        raise ValueError(f"This dW is {tuple(delta.shape)}, the model's output head is {tuple(head.weight.shape)}.")
    changed = head.weight.float() + alpha * delta.to(head.weight.device)
    head.weight = torch.nn.Parameter(changed.to(head.weight.dtype))
    _say_tied(model, False)
    return model


@contextmanager
def merged(model: PreTrainedModel, delta: Float[Tensor, "vocab width"], alpha: float = 1.0) -> Iterator[None]:
    """Merge alpha dW for as long as the block lasts; then the model has its own head again, to the bit."""
    head, tied = model.get_output_embeddings(), model.config.tie_word_embeddings
    own = head.weight
    merge(model, delta, alpha)
    try:
        yield
    finally:
        head.weight = own
        _say_tied(model, tied)


def _say_tied(model: PreTrainedModel, tied: bool) -> None:
    model.config.tie_word_embeddings = tied
    # Whatever ties weights later, such as resizing the embeddings, goes by this list.
    model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)


def factors(
    delta: Float[Tensor, "vocab width"], rank: int
) -> tuple[Float[Tensor, "vocab rank"], Float[Tensor, "rank width"]]:
    """Return left and right whose product is the matrix of this rank that is nearest to dW.

    Raises:
        ValueError: where the rank is not between 1 and the smaller side of dW.
    """
    if not 1 <= rank <= min(delta.shape):
        raise ValueError(f"The rank is {rank}; it must be between 1 and {min(delta.shape)} for a dW of {delta.shape}.")
    left, values, right = torch.linalg.svd(delta, full_matrices=False)
    root = values[:rank].sqrt()
    return left[:, :rank] * root, root[:, None] * right[:rank]


def save_lora(
    folder: Path, module: str, left: Float[Tensor, "vocab rank"], right: Float[Tensor, "rank width"], base: str | None
) -> None:
    """Write left right as the LoRA adapter of a model's output head, in the files that peft reads.

    Args:
        folder: where to; it exists.
        module: the name of the output head in its model, "lm_head" of most.
        left: LoRA's B.
        right: LoRA's A.
        base: the name of the base model, for the adapter's configuration.
    """
    rank = len(right)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
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
