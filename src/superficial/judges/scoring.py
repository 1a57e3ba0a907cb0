"""From responses to scores: makes the judges that a profile names, and adds their judgements to the rows."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import pandas as pd

from superficial.config import Profile
from superficial.config.judges import Judge as JudgeSettings
from superficial.judges import Judge
from superficial.judges.kinds import module_of


class _JudgeModule(Protocol):
    """What a module of `kinds` offers."""

    def make_judge(self, settings: Any, folder: Path, rows: pd.DataFrame) -> Judge: ...


def make_judge(settings: JudgeSettings, folder: Path, rows: pd.DataFrame) -> Judge:
    """Return the judge that a profile describes.

    Args:
        settings: its section of the profile.
        folder: where pointers to its checkpoints are, and where its answers are stored.
        rows: all rows that it will judge, so that a judge that costs money can check the total first.

    Raises:
        ValueError: if it cannot judge at all: no key, an estimated cost above the limit, or no checkpoint.
    """
    module = cast(_JudgeModule, import_module(module_of(settings)))
    return module.make_judge(settings, folder, rows)


def score_rows(judge: Judge, rows: pd.DataFrame, advance: Callable[[int], None] = lambda _: None) -> pd.DataFrame:
    """Return `rows` with what the judge says of each response.

    Added columns: score (NaN: not judged), garbled and refused (0 or 1), judge, and reason (why not judged).
    """
    judgements = judge.judge(rows)
    advance(len(rows))
    return rows.assign(
        score=[judgement.score for judgement in judgements],
        garbled=[float(judgement.garbled) for judgement in judgements],
        refused=[float(judgement.refused) for judgement in judgements],
        judge=judge.identity,
        reason=[judgement.reason for judgement in judgements],
    )


def score_benchmarks(profile: Profile, rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return rows of several benchmarks with the columns of `score_rows`, each scored by its benchmark's judge.

    Args:
        profile: names the judges of the benchmarks.
        rows: the responses.
        folder: contains the folder of each judge, see `make_judge`.
    """
    parts = []
    for name, settings in profile.all_judges().items():
        judged = rows[rows["benchmark"].isin(profile.benchmarks_judged_by(name))]
        if len(judged):
            parts.append(score_rows(make_judge(settings, folder / name, judged), judged))
    return pd.concat(parts).loc[rows.index]
