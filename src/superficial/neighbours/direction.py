"""The refusal direction (Arditi et al., "Refusal in Language Models Is Mediated by a Single Direction", NeurIPS 2024).

The direction is the difference of the mean residual streams at the last prompt token: harmful minus harmless questions.
Removed, it is projected out of the residual stream before the first and after every block; added, it is added after one
block at every position.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel

from superficial.depth.parts import Parts
from superficial.depth.stream import residual_stream
from superficial.models.states import final_states


@torch.no_grad()
def mean_streams(model: PreTrainedModel, parts: Parts, prompts: list[list[int]]) -> Float[Tensor, "layer width"]:
    """Return the mean residual stream at the last prompt token after each block, in float32."""
    total: Tensor | None = None
    for prompt in prompts:
        with residual_stream(model, parts) as stream:
            final_states(model, torch.tensor([prompt], device=model.device))
        last = torch.stack([state[0, -1].float() for state in stream[1:]])
        total = last if total is None else total + last
    assert total is not None, "there is at least one prompt"
    return total / len(prompts)


def directions(
    model: PreTrainedModel, parts: Parts, harmful: list[list[int]], harmless: list[list[int]]
) -> Float[Tensor, "layer width"]:
    """Return the difference of mean residual streams after each block: harmful minus harmless prompts."""
    return mean_streams(model, parts, harmful) - mean_streams(model, parts, harmless)


@contextmanager
def removed(model: PreTrainedModel, parts: Parts, direction: Float[Tensor, " width"]) -> Iterator[None]:
    """Project a direction out of the residual stream while the block runs."""
    unit = (direction / direction.norm()).to(model.device, model.dtype)

    def project(state: Tensor) -> Tensor:
        return state - (state @ unit)[..., None] * unit

    with _changed(model, [parts.block(number) for number in range(parts.count)], project, parts.block(0)):
        yield


@contextmanager
def added(model: PreTrainedModel, parts: Parts, direction: Float[Tensor, " width"], layer: int) -> Iterator[None]:
    """Add a direction to the residual stream after a block, counted from 0, at every position while the block runs."""
    shift = direction.to(model.device, model.dtype)
    with _changed(model, [parts.block(layer)], lambda state: state + shift, None):
        yield


@contextmanager
def _changed(model: PreTrainedModel, after: list[str], change: Any, before: str | None) -> Iterator[None]:
    """Change what comes out of some modules, and what goes into one."""

    def change_output(_: Any, __: Any, output: Any) -> Any:
        return (change(output[0]), *output[1:]) if isinstance(output, tuple) else change(output)

    def change_input(_: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if inputs:
            return (change(inputs[0]), *inputs[1:]), named
        return inputs, named | {"hidden_states": change(named["hidden_states"])}

    hooks = [model.get_submodule(name).register_forward_hook(change_output) for name in after]
    if before is not None:
        hooks.append(model.get_submodule(before).register_forward_pre_hook(change_input, with_kwargs=True))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
