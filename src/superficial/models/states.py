"""What a model's output head multiplies: its final hidden states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedModel

from superficial.models.rope import reset_positions


def final_states(
    model: PreTrainedModel, ids: Int[Tensor, "text token"], mask: Int[Tensor, "text token"] | None = None
) -> Float[Tensor, "text token width"]:
    """Return the inputs of the output head for all tokens, with the model's dtype and device.

    They are taken where they enter the head. Some architectures norm, scale or project what their decoder returns, and
    some have no decoder of their own.

    Args:
        model: a causal language model.
        ids: token ids; padding is on the right.
        mask: 1 for tokens, 0 for padding; None: there is no padding.

    Raises:
        ValueError: if the model uses its output head more than once, or not at all.
    """
    states: list[Tensor] = []

    def keep_states(_: object, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states.append(inputs[0])
        # Logits of all tokens would take much more memory than the states.
        return (inputs[0][..., -1:, :],)

    reset_positions(model)
    hook = model.get_output_embeddings().register_forward_pre_hook(keep_states)
    try:
        mask = torch.ones_like(ids) if mask is None else mask
        model(input_ids=ids, attention_mask=mask, use_cache=False)
    finally:
        hook.remove()
    if len(states) != 1:
        raise ValueError(f"{model.config.model_type} uses its output head {len(states)} times for a text, not once.")
    return states[0]


@contextmanager
def last_states(model: PreTrainedModel) -> Iterator[list[Float[Tensor, "text width"]]]:
    """Collect, on the CPU, the input of the output head for the last token of each text, once for each use of the head.

    Args:
        model: a causal language model, which reads texts with padding on the left while the block runs.
    """
    states: list[Tensor] = []

    def keep_last(_: object, inputs: tuple[Tensor, ...]) -> None:
        states.append(inputs[0][..., -1, :].to("cpu", copy=True))

    hook = model.get_output_embeddings().register_forward_pre_hook(keep_last)
    try:
        yield states
    finally:
        hook.remove()
