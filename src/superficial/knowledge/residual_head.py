"""The residual dW on a base model's output head (section 2.2), merged into a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@torch.no_grad()
def merge(model: PreTrainedModel, delta: Float[Tensor, "vocab width"], alpha: float = 1.0) -> PreTrainedModel:
    """Add alpha dW to the model's output head, in place, and return the model.

    A head tied to the input embeddings is untied first, and the configuration says so, or a saved checkpoint would
    load with the old head.

    Raises:
        ValueError: where dW has not the head's shape.
    """
    head = model.get_output_embeddings()
    if delta.shape != head.weight.shape:
        raise ValueError(f"This dW is {tuple(delta.shape)}, the model's output head is {tuple(head.weight.shape)}.")
    head.weight = torch.nn.Parameter(head.weight + alpha * delta)
    model.config.tie_word_embeddings = False
    return model
