"""The shapes of decoder models."""

from __future__ import annotations

from typing import Self

from pydantic import PositiveInt, model_validator

from superficial.config.types import StrictModel


class Shape(StrictModel):
    """The size of a decoder; `width` is that of its hidden states, `feed_forward` that of its feed-forward layers."""

    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    feed_forward: PositiveInt

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        # Rotary position embeddings need an even number of dimensions per head.
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} must be a multiple of twice the {self.heads} heads")
        return self


class Architecture(Shape):
    """The shape of a Llama-like checkpoint made by others, so that a run can be planned before it is downloaded.

    `tied`: the output head is the embedding matrix. `attention_bias`: queries, keys and values have a bias.
    """

    key_value_heads: PositiveInt
    vocabulary: PositiveInt
    tied: bool
    attention_bias: bool
