"""A few questions of each benchmark, in the place of all."""

from __future__ import annotations

import pandas as pd


def some_of_each(questions: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return so many questions of each benchmark, evenly spread over its questions; all where there are no more.

    The questions of a benchmark can be of several kinds, which stand one after the other: the first few would be of one
    kind.

    Args:
        questions: one row a question, with its benchmark.
        count: how many of each benchmark, at most.
    """
    by_benchmark = questions.groupby("benchmark")["benchmark"]
    place, size = by_benchmark.cumcount(), by_benchmark.transform("size")
    return questions[(place + 1) * count // size > place * count // size]
