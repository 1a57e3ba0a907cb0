"""How small a head can be: shares of the head made smaller, and the smallest size that validation questions allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from superficial.measures.intervals import Estimate
from superficial.measures.question_scores import QuestionScores
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, per_question
from superficial.reporting.results import Results

FULL, BASE, ALIGNED = "full", "base", "aligned"

# Scores by size and benchmark.
Scores = Mapping[str, Mapping[str, pd.DataFrame]]


@dataclass(frozen=True)
class Size:
    """A size of a head: its name, its kind, its kilobytes, and recovered shares on test questions by measure.

    `smallest_for` names the measures for which it is the smallest that keeps enough of the share on validation
    questions.
    """

    name: str
    kind: str
    kilobytes: float
    shares: dict[str, Estimate]
    smallest_for: tuple[str, ...]


def sizes(results: Results) -> list[Size]:
    """Return every size of the studied head, the largest first."""
    study = results.profile.size
    assert study is not None, "the profile studies size"
    rows = results.sizes()
    by_split = {str(split): _by_size(part) for split, part in rows.groupby("split")}
    heads = rows[~rows["size"].isin([BASE, ALIGNED])][["size", "kind", "kilobytes"]].drop_duplicates()
    heads = heads.sort_values("kilobytes", ascending=False, kind="stable")
    measures = [name for name in FOUR_RATES if MEASURES[name].benchmark in by_split["test"][BASE]]
    smallest = {
        measure: smallest_that_keeps(by_split["validation"], heads, measure, study.kept) for measure in measures
    }
    return [
        Size(
            one.size,
            one.kind,
            one.kilobytes,
            {measure: _share(by_split["test"], one.size, measure) for measure in measures},
            tuple(measure for measure in measures if smallest[measure] == one.size),
        )
        for one in heads.itertuples(index=False)
    ]


def smallest_that_keeps(validation: Scores, heads: pd.DataFrame, measure: str, kept: float) -> str:
    """Return the smallest size whose share on validation questions is at least `kept` of the full head's.

    Without a share of the full head above 0 there is nothing to keep, and the full head is returned.
    """
    whole = _share(validation, FULL, measure).value
    if not whole > 0:
        return FULL
    enough = [name for name in heads["size"] if _share(validation, name, measure).value >= kept * whole]
    return str(heads[heads["size"].isin(enough)].sort_values("kilobytes", kind="stable")["size"].iloc[0])


def _by_size(rows: pd.DataFrame) -> dict[str, dict[str, pd.DataFrame]]:
    return {str(name): dict(tuple(part.groupby("benchmark"))) for name, part in rows.groupby("size", sort=False)}


def _share(scores: Scores, name: str, measure: str) -> Estimate:
    def of(size: str) -> list[QuestionScores]:
        return [per_question(scores[size], measure).times(MEASURES[measure].sign)]

    return recovered_share(of(BASE), of(ALIGNED), of(name), seed=0)
