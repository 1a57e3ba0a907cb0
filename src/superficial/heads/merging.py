"""The residual dW on a base model's output head (section 2.2): merged for good, or for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.heads.finite import check_finite_weights

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@torch.no_grad()
def merge(model: PreTrainedModel, delta: Float[Tensor, "vocab width"], alpha: float = 1.0) -> None:
    """Add alpha dW to the model's output head, in place.

    The sum is computed in float32 and stored in the head's dtype. A head that is tied to the input embeddings is untied
    first, and the configuration says so: a saved checkpoint would otherwise load with the old head.

    Raises:
        ValueError: if the shape of dW is not that of the output head, or the sum is not finite in the head's dtype;
            the model is then unchanged.
    """
    head = model.get_output_embeddings()
    if delta.shape != head.weight.shape:
        raise ValueError(f"This dW is {tuple(delta.shape)}, the model's output head is {tuple(head.weight.shape)}.")
    weight = merged_weight(head.weight, delta, alpha)
    check_finite_weights(weight, alpha)
    head.weight = torch.nn.Parameter(weight)
    _set_tied(model, False)


def check_only_the_head_is_tied(model: PreTrainedModel) -> None:
    """Check that a checkpoint with an untied head can be saved: transformers unties all weights, or none.

    Raises:
        ValueError: if a model shares other weights too, such as those of whole layers.
    """
    ends = {id(model.get_output_embeddings()), id(model.get_input_embeddings())}
    allowed = {name for name, part in model.named_modules(remove_duplicate=False) if id(part) in ends}
    others = [name for name in getattr(model, "all_tied_weights_keys", {}) if name.rpartition(".")[0] not in allowed]
    if others and getattr(model.config, "tie_word_embeddings", False):
        raise ValueError(
            f"{model.config.model_type} shares weights between its layers, such as {others[0]}: a checkpoint with an "
            "untied output head would lose them. The head can be applied while the model runs."
        )


def merged_weight(
    weight: Float[Tensor, "vocab width"], delta: Float[Tensor, "vocab width"], alpha: float = 1.0
) -> Float[Tensor, "vocab width"]:
    """Return W + alpha dW, computed in float32, in the dtype of W."""
    return (weight.float() + alpha * delta.to(weight.device)).to(weight.dtype)


@contextmanager
def merged_temporarily(
    model: PreTrainedModel, delta: Float[Tensor, "vocab width"], alpha: float = 1.0
) -> Iterator[None]:
    """Merge alpha dW while the block runs; afterwards the model has its own head again, unchanged to the bit."""
    head, tied = model.get_output_embeddings(), getattr(model.config, "tie_word_embeddings", False)
    own_weight = head.weight
    merge(model, delta, alpha)
    try:
        yield
    finally:
        head.weight = own_weight
        _set_tied(model, tied)


def _set_tied(model: PreTrainedModel, tied: bool) -> None:
    model.config.tie_word_embeddings = tied
    # Whatever ties weights later, such as resizing the embeddings, goes by this list.
    model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)
