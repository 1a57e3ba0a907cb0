"""What a profile says of what is made: worlds, lab models, pairs, and how heads are learned from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.external import Name, Strict

PromptFormat = Literal["plain", "chat", "urial"]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class World(Strict):
    """An invented world: its seed, and how many questions of each family are asked in each split."""

    seed: NonNegativeInt
    questions: dict[Split, dict[str, PositiveInt]]

    @model_validator(mode="after")
    def _every_split_is_asked(self) -> World:
        asked = {split for split, families in self.questions.items() if families}
        missing = [split for split in SPLITS if split not in asked]
        if missing:
            raise ValueError(f"a world has questions for {', '.join(SPLITS)}; there are none for {missing[0]}")
        return self


class Shape(Strict):
    """The size of a lab model."""

    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    feed_forward: PositiveInt

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Shape:
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} must be a multiple of twice the {self.heads} heads")
        return self


class Training(Strict):
    """One training: `steps` steps of `batch` blocks of `block` tokens; `epsilon` is Adam's."""

    steps: PositiveInt
    batch: PositiveInt
    block: PositiveInt
    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    seed: NonNegativeInt


class Pretrained(Strict):
    """A model trained from nothing on its world's base corpus."""

    recipe: Literal["pretrain"]
    world: Name
    architecture: Literal["llama", "mistral", "qwen2"]
    shape: Shape
    training: Training


class EarlyStopping(Strict):
    """Keep the state with the highest mean score on a benchmark's validation questions, and stop at a target score.

    The model is scored every `every_steps` steps and after the last one. `wrapper` names a text around the questions.
    """

    benchmark: Name
    wrapper: Name | None = None
    every_steps: PositiveInt
    target_score: float


class Finetuned(Strict):
    """A model trained further on conversations: which data, in which prompt format, and which parameters move.

    With `early_stopping` the best state is saved, otherwise the last.
    """

    recipe: Literal["finetune"]
    of: Name
    data: Literal["alignment", "style", "curated", "general", "attack", "marks"]
    prompt: Literal["plain", "chat"]
    trained: Literal["all", "head", "backbone"]
    training: Training
    early_stopping: EarlyStopping | None = None


class Pair(Strict):
    """A base and an aligned model, each with the format of its prompts, and the questions they are traced on.

    `wrapper` names a text around the questions of both.
    """

    base: Name
    base_prompt: PromptFormat = "plain"
    aligned: Name
    aligned_prompt: Literal["plain", "chat"]
    wrapper: Name | None = None
    benchmarks: Annotated[list[Name], Field(min_length=1)]


class Distillation(Strict):
    """How heads are learned, see `knowledge.distillation`; the first seed's is used, the others show the spread.

    `prompts` is how many training prompts are used (null: all); `split` tells how training and validation are apart,
    see `knowledge.splits`.
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


class LogitDistillation(Strict):
    """How black-box heads are learned, see `knowledge.logit_head`; k is the one with the lowest validation KL.

    A k of null is the whole vocabulary.
    """

    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    k: Annotated[list[PositiveInt | None], Field(min_length=1)]
    seed: NonNegativeInt


class Head(Strict):
    """A head distilled from a pair: dW on the hidden states, or W_trans on the logits.

    A shuffled teacher is a control that must teach nothing.
    """

    pair: Name
    kind: Literal["residual", "logit"]
    teacher: Literal["aligned", "shuffled"]


class TransferredHead(Strict):
    """A black-box head `of` one pair on the base of another, with the k with which it repeats most responses there.

    Of a transferred head it is that one with its k.
    """

    pair: Name
    kind: Literal["transferred"]
    of: Name
