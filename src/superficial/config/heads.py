"""Pairs of a base and an aligned model, and the heads that are learned from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from superficial.config.distillation import K
from superficial.config.types import Name, PromptFormat, StrictModel


class Pair(StrictModel):
    """A base and an aligned model, their prompt formats, and the benchmarks whose questions they are traced on.

    The format "chat-two-bos" is that of the official code: the text of a chat, tokenized with special tokens although
    it begins with one.
    `wrapper` names a text around the questions of both, or of the base alone: an attack's text makes an aligned model
    that reads it a worse teacher.

    Both models read the aligned model's responses, or, with `written_with`, those that the base writes with that
    black-box head: what the base itself then says is what the aligned model is asked about.
    """

    base: Name
    base_prompt_format: PromptFormat = "plain"
    aligned: Name
    aligned_prompt_format: Literal["plain", "chat", "chat-two-bos"]
    wrapper: Name | None = None
    aligned_is_wrapped: bool = True
    written_with: Name | None = None
    benchmarks: Annotated[list[Name], Field(min_length=1)]

    @property
    def aligned_wrapper(self) -> str | None:
        """Return the text around the questions that the aligned model reads, if there is one."""
        return self.wrapper if self.aligned_is_wrapped else None


class _Distilled(StrictModel):
    """A head that is distilled from a pair.

    A shuffled teacher is a control: it must teach nothing. The head is distilled and measured on the questions of
    `benchmarks`; None: of all that its pair is traced on.
    """

    pair: Name
    kind: str
    teacher: Literal["aligned", "shuffled"]
    benchmarks: Annotated[list[Name], Field(min_length=1)] | None = None


class Head(_Distilled):
    """A residual head dW."""

    kind: Literal["residual"]


class BlackBox(_Distilled):
    """A black-box head W_trans, learned from its pair, or from its pair and all `further_pairs` together.

    It is measured on its pair alone. `k` are the values to try, and `epochs` the passes over the training positions;
    None: those of the section `black_box_distillation`.
    """

    kind: Literal["black-box"]
    further_pairs: list[Name] = Field(default_factory=list)
    k: Annotated[list[K], Field(min_length=1)] | None = None
    epochs: PositiveInt | None = None


class TransferredHead(StrictModel):
    """A black-box head learned from one pair, used on the base of another.

    Of the k that `source_head` was trained for, the one is chosen with which it repeats most of the aligned model's
    responses on the new base; if the source head is transferred itself, its k is kept. The benchmarks are those of the
    source head.
    """

    pair: Name
    kind: Literal["transferred"]
    source_head: Name
