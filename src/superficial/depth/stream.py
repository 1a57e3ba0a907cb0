"""The residual stream of a model: what goes into its first block, and what comes out of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from superficial.depth.parts import Parts


@contextmanager
def residual_stream(model: PreTrainedModel, parts: Parts) -> Iterator[list[Tensor]]:
    """Yield a list that receives the residual stream before the first block, and after each block."""
    stream: list[Tensor] = []

    def before(_: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        stream.append(inputs[0] if inputs else named["hidden_states"])

    def after(_: Any, __: Any, output: Any) -> None:
        stream.append(output[0] if isinstance(output, tuple) else output)

    blocks = [model.get_submodule(parts.block(number)) for number in range(parts.count)]
    hooks = [blocks[0].register_forward_pre_hook(before, with_kwargs=True)]
    hooks += [block.register_forward_hook(after) for block in blocks]
    try:
        yield stream
    finally:
        for hook in hooks:
            hook.remove()
