"""Models made by others: checkpoints, and models that are tuned from them here.

A checkpoint that is downloaded is pinned by a commit. Relative paths are relative to the results folder.
"""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.questions import TableLocation, Template
from superficial.config.types import Commit, Dtype, Name, Repository, StrictModel, check_pinned


class Checkpoint(StrictModel):
    """Where a checkpoint is: a repository of the hub at a commit, or a local folder."""

    repo: Repository | None = None
    revision: Commit | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Checkpoint:
        if (self.repo is None) == (self.path is None):
            raise ValueError(f"give either repo or path, not {'neither' if self.repo is None else 'both'}")
        check_pinned(self.repo, self.revision)
        return self

    @property
    def identity(self) -> str:
        """Return the name that scores of this checkpoint carry."""
        return f"{self.repo}@{str(self.revision)[:9]}" if self.repo else f"folder:{self.path}"


class Hub(Checkpoint):
    """A model made by others, evaluated on the questions of the source `world` and loaded as `dtype`."""

    recipe: Literal["hub"]
    architecture: Name
    world: Name
    dtype: Dtype


class Lora(StrictModel):
    """Low-rank adapters that are trained instead of all weights, for small GPUs, and merged at the end."""

    rank: PositiveInt
    alpha: PositiveInt


class Tuning(StrictModel):
    """A training on whole conversations of at most `max_length` tokens.

    A step takes `batch_size` times `accumulation_steps` conversations; the state is saved every `save_steps` steps.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    accumulation_steps: PositiveInt
    max_length: PositiveInt
    learning_rate: PositiveFloat
    save_steps: PositiveInt
    seed: NonNegativeInt
    lora: Lora | None = None


class ExpectedConversations(StrictModel):
    """How many conversations a plan assumes, and their mean length in tokens."""

    conversations: PositiveInt
    mean_tokens: PositiveInt


class Tuned(StrictModel):
    """A model made by others that is trained further here, on single-turn conversations."""

    recipe: Literal["tune"]
    starts_from: Name
    reader: Literal["lima", "alpaca", "identity-shift"]
    data: TableLocation
    prompt_format: Literal["plain", "chat"]
    dtype: Dtype
    template: Template
    training: Tuning
    expected: ExpectedConversations
