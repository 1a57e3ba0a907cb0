"""How heads are distilled from the traces of a pair."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.types import StrictModel

# The k of a black-box head that reads all logits of the base.
VOCABULARY: Literal["vocabulary"] = "vocabulary"


def _check_k(k: object) -> object:
    if k == VOCABULARY or (type(k) is int and k > 0):
        return k
    raise ValueError(f"k must be a positive whole number or the word {VOCABULARY!r}")


K = Annotated[int | Literal["vocabulary"], BeforeValidator(_check_k)]


class _Settings(StrictModel):
    def with_changes(self, /, **changes: Any) -> Self:
        """Return these settings with some fields changed.

        Raises:
            pydantic.ValidationError: if a field is unknown or its value is not allowed.
        """
        return type(self).model_validate(self.model_dump() | changes)


class DistillationSettings(_Settings):
    """How a residual head dW is trained.

    Attributes:
        optimizer: "newton" (ours: approximate Newton steps with momentum, a cosine schedule and a penalty on dW; full
            rank only), "adam-cosine" (Adam with a cosine schedule on whitened hidden states) or "adam" (the paper: a
            constant rate on the hidden states as they are; its text says 1e-4, its code 1e-5).
        learning_rate: the rate of the first step.
        epsilon: Adam's, or the one of `distillation.newton`: weights whose gradients are far below it hardly move. With
            a tiny epsilon, rows of tokens that no teacher response contains drift as fast as all others, and the
            student can no longer produce these tokens.
        epochs: passes over the training positions; the epoch with the lowest validation KL is kept.
        batch_size: positions per step; "newton" takes fewer if an epoch would have too few steps.
        teacher_top: train only the rows of tokens that the teacher ranks among its first `teacher_top` at some training
            position; None: all rows. The loss stays the KL over the whole vocabulary.
        teacher_support: truncate the teacher's distribution to its first `teacher_support` tokens and renormalise
            (the official code: 500); None: no truncation.
        rank: the rank of dW; None: full rank.
    """

    optimizer: Literal["newton", "adam-cosine", "adam"]
    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    teacher_top: PositiveInt | None = None
    teacher_support: PositiveInt | None = None
    rank: PositiveInt | None = None

    @model_validator(mode="after")
    def _newton_is_full_rank(self) -> Self:
        if self.optimizer == "newton" and self.rank is not None:
            raise ValueError("the optimizer newton learns all ranks; with a rank, choose adam-cosine")
        return self


class Distillation(DistillationSettings):
    """The residual heads of a profile: the settings of a training, its seeds and its data. Nothing has a default.

    Attributes:
        prompts: the number of training prompts; None: all.
        split: how training and validation positions are separated, see `traces.splits`.
        seeds: the first seed's head is used, the others show the spread.
    """

    teacher_top: PositiveInt | None
    teacher_support: PositiveInt | None
    rank: PositiveInt | None
    prompts: PositiveInt | None
    split: Literal["prompt", "token"]
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1)]


class BlackBoxSettings(_Settings):
    """How a black-box head W_trans is trained, by Adam with a cosine schedule; fields as in `DistillationSettings`.

    Attributes:
        learning_rate: the rate of the first step.
        epsilon: Adam's.
        epochs: passes over the training positions.
        batch_size: positions per step.
        teacher_top: W_trans has a row for each token that the teacher ranks among its first `teacher_top` at some
            training position; None: for every token.
        token_limit: the most rows and the most columns that W_trans has. If more occur, those remain in which teacher
            and base differ most, and those of the largest sums of masked logits; None: all.
    """

    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    teacher_top: PositiveInt | None = None
    token_limit: PositiveInt | None = None

    def largest_side(self, vocabulary_size: int) -> int:
        """Return the most rows, and the most columns, that W_trans can have."""
        return vocabulary_size if self.token_limit is None else min(vocabulary_size, self.token_limit)


class BlackBoxDistillation(BlackBoxSettings):
    """The black-box heads of a profile, one for every `k`; the one with the lowest validation KL is used."""

    k: Annotated[list[K], Field(min_length=1)]
    seed: NonNegativeInt

    def k_values(self, vocabulary_size: int) -> list[int]:
        """Return every k as a number."""
        return [vocabulary_size if k == VOCABULARY else k for k in self.k]
