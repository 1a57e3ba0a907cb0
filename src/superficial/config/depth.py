"""Grafts: a base model with parts of its aligned model, and the studies that are made with them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

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

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    recipe: Literal["graft"]
    of: Name
    source: Name = Field(alias="from")

    @property
    def starts_from(self) -> str:
        """Return the model that most parts are of."""
        return self.of


class Depth(StrictModel):
    """The study of depth: `pair` from the top and from the bottom, and pairs with a known answer.

    Of the aligned models of the `planted` pairs, only some blocks were trained. Base and aligned model of each pair
    read questions in one format, so that the curves end at the aligned model.

    `blocks`: how many blocks are taken from a side at the points of its curve; None: every number. Planted pairs need
    every number: otherwise their curve cannot tell which block was trained.
    """

    pair: Name
    planted: list[Name]
    blocks: list[NonNegativeInt] | None = None

    @model_validator(mode="after")
    def _points_are_those_that_tables_and_claims_need(self) -> Self:
        if self.blocks is None:
            return self
        count = max(self.blocks, default=0)
        needed = {0, 1, count // 2, *(count - number for number in self.blocks)}
        if self.blocks != sorted(needed.union(self.blocks)):
            raise ValueError(
                f"blocks is {self.blocks}; it must be increasing and end with all n blocks, have 0, 1 and n // 2, and "
                "with each m also n - m"
            )
        if self.planted:
            raise ValueError("planted pairs need every number of blocks: leave out blocks")
        return self

    def curves(self) -> dict[str, tuple[str, Side]]:
        """Return the curves by name, each with its pair and the side that blocks are taken from."""
        sides: tuple[Side, ...] = ("top", "bottom")
        own: dict[str, tuple[str, Side]] = {f"{self.pair}-{side}": (self.pair, side) for side in sides}
        return own | {f"{planted}-top": (planted, "top") for planted in self.planted}


class Size(StrictModel):
    """The study of size: the head of a comparison's student, made smaller.

    `questions` is how many validation questions of each benchmark choose the smallest head that keeps `kept` of the
    share, and how many test questions measure it. `ranks` are of dW; `top_tokens` keep the rows of tokens that the
    teacher ranks so high.
    """

    comparison: Name
    questions: PositiveInt
    kept: Annotated[float, Field(gt=0, le=1)]
    ranks: Annotated[list[PositiveInt], Field(min_length=1)]
    top_tokens: Annotated[list[PositiveInt], Field(min_length=1)]
