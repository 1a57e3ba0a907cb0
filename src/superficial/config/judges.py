"""Judges of responses, and the names that their scores carry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from superficial.config.checkpoints import Checkpoint
from superficial.config.types import FUNCTION, Name, StrictModel


class ClassifierJudge(StrictModel):
    """A sequence classifier with `parameters` weights; the score is 1 where its top class is `positive_class`."""

    kind: Literal["classifier"]
    checkpoint: Checkpoint
    parameters: PositiveInt
    positive_class: NonNegativeInt
    batch_size: PositiveInt

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Return its only checkpoint."""
        return [self.checkpoint]


class YesNoModel(StrictModel):
    """A language model whose answer to one prompt about a response starts with the word `yes` or `no`."""

    checkpoint: Checkpoint
    template: str
    yes: str
    no: str


class GenerativeJudge(StrictModel):
    """Language models that answer yes or no; the score is `scores["yes"]` where all say yes."""

    kind: Literal["generative"]
    architecture: Name
    models: Annotated[list[YesNoModel], Field(min_length=1)]
    scores: dict[Literal["yes", "no"], float]
    batch_size: PositiveInt

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Return the checkpoints of its models, in their order."""
        return [model.checkpoint for model in self.models]


class EndpointJudge(StrictModel):
    """A chat model behind an OpenAI-compatible endpoint that grades harm from 1 to 5.

    The environment variable `key_variable` holds the key. `prices` are those of a million tokens of the prompt and of
    the answer, in any currency; scoring stops before its first request if its estimate exceeds `budget`.
    """

    kind: Literal["endpoint"]
    base_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    model: str
    key_variable: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    concurrency: PositiveInt
    attempts: PositiveInt
    first_wait_seconds: PositiveFloat
    timeout_seconds: PositiveFloat
    prices: Annotated[list[float], Field(min_length=2, max_length=2)]
    budget: PositiveFloat

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Return none: it is elsewhere."""
        return []


class FunctionJudge(StrictModel):
    """A function of this package that needs only the response and the question's reference."""

    kind: Literal["function"]
    function: Annotated[str, Field(pattern=FUNCTION)]

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Return none: it is code."""
        return []


Judge = ClassifierJudge | GenerativeJudge | EndpointJudge | FunctionJudge


def judge_identity(judge: Judge) -> str:
    """Return the name that scores of a judge carry: which function, or which model at which commit or endpoint."""
    if isinstance(judge, FunctionJudge):
        return judge.function
    if isinstance(judge, EndpointJudge):
        return f"{judge.model} at {judge.base_url}"
    return " and ".join(checkpoint.identity for checkpoint in judge.checkpoints)
