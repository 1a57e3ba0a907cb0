"""What is evaluated, on which benchmarks, and by which judges."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from superficial.config.neighbours import Neighbour
from superficial.config.types import FUNCTION, NAME, Name, PromptFormat, StrictModel


class Variant(StrictModel):
    """What is evaluated: a model with a prompt format and, optionally, a head.

    With a `neighbour`, another method than a head gives or takes what alignment gives.
    `wrapper` names a text around each question, `published_row` the variant's row in the paper's tables. `benchmarks`
    replaces the profile's `evaluated_benchmarks`.
    """

    model: Name
    prompt_format: PromptFormat
    wrapper: Name | None = None
    head: Name | None = None
    neighbour: Neighbour | None = None
    published_row: str | None = None
    benchmarks: list[Name] | None = None


JudgeReference = Annotated[str, Field(pattern=f"{FUNCTION}|{NAME}")]


class Benchmark(StrictModel):
    """How a benchmark is answered, and how the answers are judged: by a function of this package, or by a judge.

    A second judge scores the same responses for comparison. The report hides texts of a `harmful` benchmark until a
    reader asks for them. Answers are `written`, of at most `max_new_tokens` (null: as many as in the rest of the
    profile), or `chosen`: of the right and wrong answers that a question's reference has, the one with the highest mean
    log-probability a token.
    """

    judge: JudgeReference
    second_judge: JudgeReference | None = None
    harmful: bool = False
    answers: Literal["written", "chosen"] = "written"
    max_new_tokens: PositiveInt | None = None
