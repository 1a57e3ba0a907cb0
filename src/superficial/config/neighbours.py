"""Neighbouring methods: other ways to give a model what alignment gives, or to take it away, without training it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from superficial.config.types import Name, PromptFormat, Share, StrictModel


class Proxy(StrictModel):
    """Proxy tuning: the logits of the variant's model, plus those of `expert` minus those of its base `anti_expert`."""

    method: Literal["proxy"]
    expert: Name
    expert_prompt_format: PromptFormat
    anti_expert: Name
    anti_expert_prompt_format: PromptFormat

    @property
    def others(self) -> list[str]:
        """Return the models beside the variant's own."""
        return [self.expert, self.anti_expert]


class Nudging(StrictModel):
    """Nudging: the token of `nudger` wherever the variant's model gives its own less than a threshold of probability.

    The threshold is chosen on `questions` validation questions of each benchmark.
    """

    method: Literal["nudging"]
    nudger: Name
    nudger_prompt_format: PromptFormat
    thresholds: Annotated[list[Share], Field(min_length=1)]
    questions: PositiveInt

    @property
    def others(self) -> list[str]:
        """Return the models beside the variant's own."""
        return [self.nudger]


class Prefill(StrictModel):
    """Prefilling: the first `tokens` tokens of another model's response stand before the response."""

    method: Literal["prefill"]
    writer: Name
    writer_prompt_format: PromptFormat
    tokens: PositiveInt

    @property
    def others(self) -> list[str]:
        """Return the models beside the variant's own."""
        return [self.writer]


class Direction(StrictModel):
    """A direction of the residual stream of `reader`: removed from the variant's model, or added to it.

    It points from `harmless` to `harmful` questions. Its layer is chosen on `questions` validation questions of both.
    """

    method: Literal["direction"]
    reader: Name
    reader_prompt_format: PromptFormat
    change: Literal["remove", "add"]
    harmful: Name
    harmless: Name
    questions: PositiveInt

    @property
    def others(self) -> list[str]:
        """Return the models beside the variant's own."""
        return [self.reader]


Neighbour = Annotated[Proxy | Nudging | Prefill | Direction, Field(discriminator="method")]
