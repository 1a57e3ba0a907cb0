"""Grafts: a base model with parts of its aligned model, and the studies that are made with them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeInt

from superficial.config.types import Name, StrictModel

Side = Literal["top", "bottom"]


class Graft(StrictModel):
    """Which parts of the aligned model a base gets: `blocks` of them from the `side` of the output or of the input.

    `norm`: also what runs after the last block; `embeddings`: also what runs before the first. The output head stays
    the base's.
    """

    blocks: NonNegativeInt
    side: Side = "top"
    norm: bool = False
    embeddings: bool = False


class Grafted(Graft):
    """A model that is put together from two others: `of`, with parts taken from the model `from`."""

    recipe: Literal["graft"]
    of: Name
    source: Name = Field(alias="from")
