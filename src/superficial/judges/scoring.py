"""From responses to scores: one batch of rows to a judge, one judgement a row, and the judge's name beside each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.config import Profile
from superficial.config.external import (
    ClassifierJudge,
    EndpointJudge,
    FunctionJudge,
    GenerativeJudge,
    judge_identity,
)

Judge = Callable[[pd.DataFrame], list[Any]]


@dataclass(frozen=True)
class Named:
    """A judge that is ready, and the name its scores carry."""

    identity: str
    judge: Judge


def _by_function(settings: FunctionJudge) -> Judge:
    module, name = settings.function.split(":")
    function = getattr(import_module(module), name)

    def judge(rows: pd.DataFrame) -> list[Any]:
        return [function(row.benchmark, row.response, json.loads(row.reference)) for row in rows.itertuples()]

    return judge


def make_judge(
    settings: ClassifierJudge | GenerativeJudge | EndpointJudge | FunctionJudge, folder: Path, rows: pd.DataFrame
) -> Named:
    """Return a judge.

    Args:
        settings: what the profile says of it.
        folder: where its checkpoints are pointed to, and its answers are kept.
        rows: all that will be judged: what it costs is known before the first is.

    Raises:
        ValueError: where it can not judge at all (no key, an estimate above what may be spent, no checkpoint).
    """
    # Each kind is loaded by name: models need torch, whose import takes seconds, and scores depend on their kind alone.
    if isinstance(settings, FunctionJudge):
        return Named(judge_identity(settings), _by_function(settings))
    if isinstance(settings, EndpointJudge):
        endpoint = import_module("superficial.judges.endpoint").Endpoint(settings, folder)
        endpoint.ask_all(rows)
        return Named(judge_identity(settings), endpoint.judge)
    return Named(*import_module("superficial.judges.models").make(settings, folder))


def judge_all(profile: Profile, rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return `scored` rows of several benchmarks, each by its judge; a judge's own folder is in `folder`."""
    parts = []
    for name, settings in profile.judges_used().items():
        asked = rows[rows["benchmark"].isin(profile.judged_by(name))]
        if len(asked):
            parts.append(scored(make_judge(settings, folder / name, asked), asked))
    return pd.concat(parts).loc[rows.index]


def scored(named: Named, rows: pd.DataFrame, advance: Callable[[int], None] = lambda _: None) -> pd.DataFrame:
    """Return `rows` with the columns score (NaN: not judged), garbled (0/1), judge, and reason (why not judged)."""
    judgements = named.judge(rows)
    advance(len(rows))
    return rows.assign(
        score=[j.score for j in judgements],
        garbled=[float(j.garbled) for j in judgements],
        judge=named.identity,
        reason=[getattr(j, "reason", "") for j in judgements],
    )
