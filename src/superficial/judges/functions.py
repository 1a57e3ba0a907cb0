"""Judges that are functions of this package: they need only the response and the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.config.judges import FunctionJudge, judge_identity
from superficial.judges import Judge, Judgement


def make_judge(settings: FunctionJudge, folder: Path, rows: pd.DataFrame) -> Judge:
    """Return a judge that calls a function on the benchmark, the response and the reference of each row."""
    module, name = settings.function.split(":")
    function: Callable[[str, str, dict[str, Any]], Judgement] = getattr(import_module(module), name)

    def judge(rows: pd.DataFrame) -> list[Judgement]:
        return [function(row.benchmark, row.response, json.loads(row.reference)) for row in rows.itertuples()]

    return Judge(judge_identity(settings), judge)
