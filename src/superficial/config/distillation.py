"""How heads are distilled from the traces of a pair."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.types import StrictModel

# The k of a black-box head that reads all logits of the base.
VOCABULARY: Literal["vocabulary"] = "vocabulary"


def _check_k(k: object) -> object:
    if k == VOCABULARY or (type(k) is int and k > 0):
        return k
    raise ValueError(f"k must be a positive whole number or the word {VOCABULARY!r}")


K = Annotated[int | Literal["vocabulary"], BeforeValidator(_check_k)]


class Distillation(StrictModel):
    """How residual heads are learned; the first seed's head is used, the others show the spread.

    `prompts` is the number of training prompts (null: all); `split` says how training and validation positions are
    separated, see `traces.splits`.
    """

    optimizer: Literal["newton", "adam-cosine", "adam"]
    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    teacher_top: PositiveInt | None
    teacher_support: PositiveInt | None
    rank: PositiveInt | None
    prompts: PositiveInt | None
    split: Literal["prompt", "token"]
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1)]

    @model_validator(mode="after")
    def _newton_learns_all_ranks(self) -> Distillation:
        if self.optimizer == "newton" and self.rank is not None:
            raise ValueError("the optimizer newton learns all ranks; with a rank, choose adam-cosine")
        return self

    def of_first_seed(self) -> dict[str, Any]:
        """Return the settings of one training: its seed, without what is chosen of the prompts."""
        return self.model_dump(exclude={"seeds", "prompts", "split"}) | {"seed": self.seeds[0]}


class BlackBoxDistillation(StrictModel):
    """How black-box heads are learned, one for every `k`; the one with the lowest validation KL is used."""

    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    k: Annotated[list[K], Field(min_length=1)]
    seed: NonNegativeInt

    def k_values(self, vocabulary_size: int) -> list[int]:
        """Return every k as a number."""
        return [vocabulary_size if k == VOCABULARY else k for k in self.k]
