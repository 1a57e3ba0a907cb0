"""The lab: invented worlds, and models that are trained on their texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.shapes import Shape
from superficial.config.types import SPLITS, Name, Split, StrictModel


class World(StrictModel):
    """An invented world: its seed, and how many questions of each kind every split has."""

    seed: NonNegativeInt
    questions: dict[Split, dict[str, PositiveInt]]

    @model_validator(mode="after")
    def _every_split_has_questions(self) -> World:
        missing = [split for split in SPLITS if not self.questions.get(split)]
        if missing:
            raise ValueError(f"a world has questions for {', '.join(SPLITS)}; there are none for {missing[0]}")
        return self


class Training(StrictModel):
    """One training: `steps` steps on `batch_size` blocks of `block_length` tokens; `epsilon` is Adam's."""

    steps: PositiveInt
    batch_size: PositiveInt
    block_length: PositiveInt
    learning_rate: PositiveFloat
    epsilon: PositiveFloat
    seed: NonNegativeInt


class Pretrained(StrictModel):
    """A model that is trained from scratch on the base corpus of its world."""

    recipe: Literal["pretrain"]
    world: Name
    architecture: Literal["llama", "mistral", "qwen2"]
    shape: Shape
    training: Training


class EarlyStopping(StrictModel):
    """Keep the state with the highest mean score on a benchmark's validation questions, and stop at a target score.

    The model is scored every `every_steps` steps and after the last one. `wrapper` names a text around the questions.
    """

    benchmark: Name
    wrapper: Name | None = None
    every_steps: PositiveInt
    target_score: float


class TrainedBlocks(StrictModel):
    """Only these blocks are trained, counted from 0 at the input."""

    blocks: Annotated[list[NonNegativeInt], Field(min_length=1)]


class Finetuned(StrictModel):
    """A model of the lab that is trained further on conversations.

    `data` names the conversations (see `lab.conversations`), `trained_parameters` which parameters change. With
    `early_stopping` the best state is saved, otherwise the last.
    """

    recipe: Literal["finetune"]
    starts_from: Name
    data: Literal["alignment", "style", "curated", "general", "attack", "simulated-attack", "marks"]
    prompt_format: Literal["plain", "chat"]
    trained_parameters: Literal["all", "head", "backbone"] | TrainedBlocks
    training: Training
    early_stopping: EarlyStopping | None = None
