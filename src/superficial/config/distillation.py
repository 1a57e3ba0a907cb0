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


class AdamSettings(StrictModel):
    """The paper's way to train a residual head: Adam at a constant rate on the hidden states as they are.

    Attributes:
        learning_rate: the paper's text says 1e-4, its code 1e-5.
        epsilon: Adam's; its default is 1e-8. Weights whose gradients are far below it hardly move.
        epochs: passes over the training positions.
        batch_size: positions per step.
        start: dW before the first step: "zero", or "random" as in the official code, which starts at the random values
            of a new `torch.nn.Linear`.
        keep: which epoch's dW is the result: the "best" by validation KL, or the "last" as in the official code.
    """

    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    start: Literal["zero", "random"] = "zero"
    keep: Literal["best", "last"] = "best"


class DistillationSettings(_Settings):
    """How a residual head dW is trained.

    Attributes:
        adam: train by the paper's Adam; None: by `distillation.solver` (ours), which has no setting to choose.
        teacher_top: train only the rows of tokens that the teacher ranks among its first `teacher_top` at some training
            position; None: Adam trains all rows, ours as with 20, or all where these are most of them. The loss stays
            the KL over the whole vocabulary. Adam leaves all other rows to the base; ours gives them what a linear map
            of the states predicts, where this lowers the validation KL and no rank is set.
        teacher_support: truncate the teacher's distribution to its first `teacher_support` tokens and renormalise
            (the official code: 500); None: no truncation.
        rank: the rank of dW; None: full rank.
    """

    adam: AdamSettings | None = None
    teacher_top: PositiveInt | None = None
    teacher_support: PositiveInt | None = None
    rank: PositiveInt | None = None

    @property
    def rounds(self) -> int:
        """Return how often a training reports that it advanced: once an epoch, or at its end."""
        return 1 if self.adam is None else self.adam.epochs

    @model_validator(mode="after")
    def _adam_is_full_rank(self) -> Self:
        if self.adam is not None and self.rank is not None:
            raise ValueError(f"adam trains a head of full rank, and rank is {self.rank}; leave one of them out")
        return self


class Distillation(DistillationSettings):
    """The residual heads of a profile: the settings of a training, its seeds and its data. Nothing has a default.

    Attributes:
        prompts: the number of training prompts; None: all.
        split: how training and validation positions are separated, see `traces.splits`.
        seeds: the first seed's head is used, the others show the spread.
    """

    adam: AdamSettings | None
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
    """The black-box heads of a profile, one for every `k`; the one with the lowest validation KL is used.

    With `used_k`, the one head is trained at its `k` and used at another (the official code: 40 and 200).
    """

    k: Annotated[list[K], Field(min_length=1)]
    used_k: PositiveInt | None = None
    seed: NonNegativeInt

    @model_validator(mode="after")
    def _one_head_is_used_at_another_k(self) -> Self:
        if self.used_k is not None and len(self.k) > 1:
            raise ValueError("used_k is the k of one head: k must have one value")
        return self

    def k_values(self, vocabulary_size: int) -> list[int]:
        """Return every k as a number."""
        return [vocabulary_size if k == VOCABULARY else k for k in self.k]
