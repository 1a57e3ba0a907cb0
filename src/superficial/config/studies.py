"""Studies beside the main experiment: the k of a black-box head, and the sensitivity to how a head is learned."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PositiveInt

from superficial.config.types import Name, PromptFormat, StrictModel


class Sweep(StrictModel):
    """The study of k: a black-box head of the pair `small` at every k, on that pair and on the pair `large`.

    `large_on_small` pairs the large base with the small aligned model, so that both bases read the same responses; the
    similarity of their logits is taken at `positions` of these.
    """

    head: Name
    small: Name
    large: Name
    large_on_small: Name
    positions: PositiveInt


class Alternative(StrictModel):
    """Another way to learn a head: changed fields of `distillation`, or another pair and prompt format of the base.

    `one_head_per_benchmark` learns a head for each benchmark of the pair, which answers only that one.
    """

    changes: dict[str, Any] = Field(default_factory=dict)
    one_head_per_benchmark: bool = False
    pair: Name | None = None
    prompt_format: PromptFormat | None = None


class Sensitivity(StrictModel):
    """How the recovered shares of a comparison depend on the way its student's head is learned.

    `axes` are choices, each with alternatives by name.
    """

    comparison: Name
    benchmarks: Annotated[list[Name], Field(min_length=1)]
    axes: Annotated[dict[str, dict[str, Alternative]], Field(min_length=1)]
