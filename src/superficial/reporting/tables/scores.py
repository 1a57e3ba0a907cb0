"""Tables of scores (Tables 1 and 3 to 7): each variant's measures, with their change from the base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from superficial.measures.intervals import Estimate, mean_difference
from superficial.measures.scores import MEASURES, estimate, per_question, values
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval, without_interval

_COLUMNS = [
    *("variant", "measure", "value", "low", "high", "n", "not_judged", "garbled", "garbled_low", "garbled_high"),
    *("judge", "published_row", "published", "base", "change", "change_low", "change_high"),
]
_CAPTION = (
    "Measures of each variant with 95 % intervals (Wilson; HarmScore: bootstrap; both over clusters of questions) and, "
    "in brackets, their change from the base (its paired interval is in the CSV). Where some responses to the "
    "benchmark are garbled, their share follows. The paper counts no garbled responses, no over-refusal, and not "
    "the three outcomes of a response to AdvBench: refused, complied, or neither (garbled, or something else)."
)
# The judge of a measure that is read from the response's text.
_TEXT = "text"


def scores_table(results: Results, name: str) -> Table:
    """Return each variant's measures with intervals, their change from the base, and the value the paper prints."""
    data, shown = [], []
    table = results.profile.tables[name]
    for variant in table.rows:
        published_row = results.profile.variants[variant].published_row
        cells = {"variant": variant, "paper's row": published_row or "-"}
        for measure in table.measures:
            row, cell = _cell(results, variant, base_of(results, name, variant), measure)
            row |= {"published_row": published_row, "published": results.published.value(published_row, measure)}
            data.append(row)
            cells[MEASURES[measure].heading] = cell
        shown.append(cells)
    judges = {row["measure"]: row["judge"] for row in data if row["judge"] != _TEXT}
    named = "; ".join(f"{MEASURES[measure].label} {judge}" for measure, judge in judges.items())
    caption = f"{_CAPTION} Judged by: {named}."
    return Table(caption, pd.DataFrame(data).reindex(columns=_COLUMNS), pd.DataFrame(shown))


def base_of(results: Results, table: str, variant: str) -> str | None:
    """Return the variant whose row in the paper is the one that this variant's printed change is taken from, if any."""
    variants = results.profile.variants
    base_row = results.published.base_of(variants[variant].published_row)
    if base_row is None:
        return None
    return next((name for name in results.profile.tables[table].rows if variants[name].published_row == base_row), None)


def _cell(results: Results, variant: str, base: str | None, measure: str) -> tuple[dict[str, Any], str]:
    """Return a measure of a variant as a row of numbers and as the text of a cell."""
    settings, scores = MEASURES[measure], results.scores(variant)
    value, questions = estimate(scores, measure), values(scores, measure)
    judged = int((~np.isnan(questions)).sum())
    row = {"variant": variant, "measure": measure, **value.columns(), "n": judged}
    row["not_judged"] = len(questions) - judged
    garbled = estimate(_evaluated_on(scores, settings.benchmark), "garbled")
    row |= garbled.columns("garbled_") | {"garbled": garbled.value}
    row["judge"] = _TEXT if settings.benchmark is None else _judge_names(scores[settings.benchmark])
    text = with_interval(value, settings.decimals)
    if 0 < judged < len(questions):
        text += f", {judged} of {len(questions)} judged"
    if garbled.value > 0 and measure != "garbled":
        text += f", garbled {without_interval(garbled, 3)}"
    if base is not None:
        change = _change(scores, results.scores(base), measure)
        row |= {"base": base, "change": change.value, "change_low": change.low, "change_high": change.high}
        text += f" ({without_interval(change, settings.decimals, signed=True)})" if judged else ""
    return row, text


def _evaluated_on(scores: Mapping[str, pd.DataFrame], benchmark: str | None) -> Mapping[str, pd.DataFrame]:
    """Return the scores of one benchmark, or of all where none is named."""
    return scores if benchmark is None else {benchmark: scores[benchmark]}


def _judge_names(rows: pd.DataFrame) -> str:
    return " and ".join(sorted(set(rows["judge"])))


def _change(scores: Mapping[str, pd.DataFrame], base: Mapping[str, pd.DataFrame], measure: str) -> Estimate:
    """Return by how much a measure differs from the base's, over the benchmarks that both were evaluated on."""
    shared = sorted(scores.keys() & base.keys())
    left, right = (per_question({name: rows[name] for name in shared}, measure) for rows in (scores, base))
    return mean_difference(left, right, seed=0)
