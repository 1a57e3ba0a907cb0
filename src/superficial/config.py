"""What a profile may say, checked before anything runs.

A profile is one YAML file of `repro/profiles`; every field is required, none has a default hidden here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

Seed = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShapeSettings(_Strict):
    """The size of a lab model."""

    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    feed_forward: PositiveInt


class TrainSettings(_Strict):
    """One training: `steps` steps of `batch` blocks of `block` tokens."""

    steps: PositiveInt
    batch: PositiveInt
    block: PositiveInt
    learning_rate: PositiveFloat


class DistillSettings(_Strict):
    """The distillation of a head: the validation share is of prompts, never of tokens."""

    optimizer: Annotated[str, Field(pattern="^(adam-cosine|paper)$")]
    learning_rate: PositiveFloat
    epochs: PositiveInt
    batch_size: PositiveInt
    validation_share: Annotated[float, Field(gt=0, lt=1)]


class QuestionCounts(_Strict):
    """How many questions of each family are asked."""

    math: PositiveInt
    toxic: PositiveInt
    kind: PositiveInt
    forbidden: PositiveInt
    allowed: PositiveInt
    truth: PositiveInt
    capital: PositiveInt


class Profile(_Strict):
    """A whole reproduction at one scale."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    seed: Seed
    threads: PositiveInt
    max_new_tokens: PositiveInt
    model: ShapeSettings
    pretraining: TrainSettings
    alignment: TrainSettings
    distillation: DistillSettings
    train_questions: QuestionCounts
    test_questions: QuestionCounts


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ValueError: one sentence that names the file, the field, the value and what is allowed.
    """
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ValueError(f"There is no profile {path.stem!r} in {path.parent}; the profiles are: {known}.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {type(content).__name__}, a profile is a mapping of fields.")
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path}: field {field!r} has the value {first['input']!r}: {first['msg']}.") from error
