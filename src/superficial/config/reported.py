"""What a profile says of what is asked and reported: variants, benchmarks, tables, comparisons, studies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, NonNegativeFloat, PositiveInt

from superficial.config.external import FUNCTION, NAME, Name, Strict
from superficial.config.lab import PromptFormat


class Variant(Strict):
    """What is evaluated: a model, how it is asked and, maybe, a head; `published` is its row in the paper.

    `wrapper` names a text around the question; `benchmarks` asks others than the profile's `asked`.
    """

    model: Name
    prompt: PromptFormat
    wrapper: Name | None = None
    head: Name | None = None
    published: str | None = None
    benchmarks: list[Name] | None = None


class Comparison(Strict):
    """Three variants whose scores give a recovered share."""

    base: Name
    aligned: Name
    student: Name


class ScoreTable(Strict):
    """A table of variants (rows) and measures (columns)."""

    rows: Annotated[list[Name], Field(min_length=1)]
    measures: Annotated[list[Name], Field(min_length=1)]


class Baselines(Strict):
    """A student and the simpler methods it is compared with (claim C7)."""

    student: Name
    others: Annotated[list[Name], Field(min_length=1)]


class Attack(Strict):
    """The aligned model, what a fine-tuning made of it, and that with its safety restored (claim C10)."""

    before: Name
    attacked: Name
    restored: Name


class Examples(Strict):
    """The first math question in which the aligned model succeeds, the base fails, and the student does what is said.

    Where the student is to fail, the base may do either.
    """

    comparison: Name
    superficial_succeeds: bool


class Sweep(Strict):
    """The k sweep of a black-box head: its pair, a larger pair, and the larger base on the small pair's responses."""

    head: Name
    small: Name
    large: Name
    identical: Name
    vectors: PositiveInt


class Otherwise(Strict):
    """One way to learn a head otherwise: fields of `distillation` to change, or another pair and prompt of the base."""

    changes: dict[str, Any] = Field(default_factory=dict)
    pair: Name | None = None
    prompt: PromptFormat | None = None


class Sensitivity(Strict):
    """Which choices a comparison's recovered shares depend on: per axis, the ways its student's head is learned."""

    comparison: Name
    benchmarks: Annotated[list[Name], Field(min_length=1)]
    axes: Annotated[dict[str, dict[str, Otherwise]], Field(min_length=1)]


class View(Strict):
    """What the report's viewer shows: a residual head at some strengths, a black-box head at each k it was learned for.

    `questions` of each benchmark are looked at, the first ones of the test split.
    """

    head: Name
    black_box: Name | None
    questions: PositiveInt
    strengths: Annotated[list[NonNegativeFloat], Field(min_length=1)]


class Benchmark(Strict):
    """How a benchmark's answers are judged: by a function of this package, or by a judge of the profile.

    A second judge scores the same responses for comparison. Texts of a `harmful` benchmark are only shown to those who
    ask for them.
    """

    judge: Annotated[str, Field(pattern=f"{FUNCTION}|{NAME}")]
    second_judge: Annotated[str, Field(pattern=f"{FUNCTION}|{NAME}")] | None = None
    harmful: bool = False
