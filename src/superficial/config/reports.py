"""What is reported: tables of scores, comparisons, controls, examples, and the report's viewer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveInt

from superficial.config.types import Name, StrictModel


class Comparison(StrictModel):
    """Three variants whose scores give a recovered share."""

    base: Name
    aligned: Name
    student: Name


class ScoreTable(StrictModel):
    """A table of scores: variants are its rows, measures its columns."""

    rows: Annotated[list[Name], Field(min_length=1)]
    measures: Annotated[list[Name], Field(min_length=1)]


class Baselines(StrictModel):
    """A student and the simpler methods that it is compared with (claim C7)."""

    student: Name
    others: Annotated[list[Name], Field(min_length=1)]


class Attack(StrictModel):
    """The aligned model, the model after an attack by fine-tuning, and that model with its safety restored (C10).

    Fine-tuning on general data can harm safety too: there, `attacked` is the model after it.
    """

    before: Name
    attacked: Name
    restored: Name


class SeveralBases(StrictModel):
    """Variants with a black-box head that several bases have taught together (D5, D6).

    `transferred` is the base of `transfer_comparison` with it, `restored` the attacked model of an attack.
    """

    transferred: Name
    restored: Name


class Controls(StrictModel):
    """Controls with a known answer.

    `head_only`, `shuffled` and `backbone` name comparisons: of an alignment that only changed the head (everything is
    recovered), with a shuffled teacher, and of one that only changed the backbone (nothing is recovered). `same` names
    the head of a pair of two equal models.
    """

    head_only: Name
    same: Name
    shuffled: Name
    backbone: Name | None


class Examples(StrictModel):
    """One question that is shown with all responses: the first of GSM that the aligned model answers correctly.

    If `superficial_succeeds`, the student must answer it correctly too and the base must not; otherwise the student
    must fail.
    """

    comparison: Name
    superficial_succeeds: bool


class View(StrictModel):
    """What the report's viewer shows: a residual head at several strengths, and a black-box head at every k.

    It shows the first `questions_per_benchmark` test questions.
    """

    head: Name
    black_box_head: Name | None
    questions_per_benchmark: PositiveInt
    strengths: Annotated[list[NonNegativeFloat], Field(min_length=1)]
