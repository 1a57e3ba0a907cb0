"""The table of neighbouring methods beside the paper's: who recovers what, at which cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from superficial.config import Comparison, Profile
from superficial.measures.intervals import Estimate
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, estimate
from superficial.reporting.recovery import scores_towards_better
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval

_NOTHING = Estimate(math.nan, math.nan, math.nan, missing="-")
_GUARDS = ("refused", "over_refusal", "garbled")
_COSTS = ("chosen", "extra_parameters", "passes", "tokens_per_second", "tokens_per_second_alone")
_CAPTION = (
    "Neighbouring methods and the paper's heads: recovered share of each rate (of an attack: share undone), refusals, "
    "over-refusal and garbled responses. Cost: parameters beside the model, forward passes a token in sizes of the "
    "model; tokens a second, and without the method, on the machine of the run. Choices are made on validation prompts."
)


@dataclass(frozen=True)
class Row:
    """A method on a model, with the comparison that its shares are of."""

    variant: str
    variants: Comparison


def neighbour_rows(profile: Profile) -> list[Row]:
    """Return each head and each neighbouring method whose model is the base, aligned or attacked model of a comparison.

    A head that several bases have taught is such a method.

    A method on the aligned model is shown by how much it leaves of the alignment.
    """
    compared = [one for comparisons in profile.recovery.values() for one in comparisons]
    compared += [Comparison(base=one.attacked, aligned=one.before, student=one.restored) for one in profile.attacks]
    rows: dict[str, Row] = {}
    several = profile.several_bases.model_dump().values() if profile.several_bases else ()
    for name in (*profile.neighbours(), *several):
        model = profile.variants[name].model
        for one in compared:
            if model in (profile.variants[one.base].model, profile.variants[one.aligned].model):
                rows.setdefault(one.student, Row(one.student, one))
                rows[name] = Row(name, one)
                break
    for one in compared:
        if any(row.variants.base == one.base and row.variants.aligned == one.aligned for row in list(rows.values())):
            rows.setdefault(one.student, Row(one.student, one))
    order = list(profile.variants)
    by_base: dict[str, list[Row]] = {}
    for row in sorted(rows.values(), key=lambda row: order.index(row.variant)):
        by_base.setdefault(row.variants.base, []).append(row)
    return [row for group in by_base.values() for row in group if "Control" not in row.variant]


def neighbours_table(results: Results) -> Table:
    """Return what each method recovers, beside the heads of the same models, and what it costs."""
    data, shown = [], []
    for row in neighbour_rows(results.profile):
        shares = {
            measure: share_of(results, row, measure) for measure in FOUR_RATES if _is_measured(results, row, measure)
        }
        guards = {measure: estimate(results.scores(row.variant), measure) for measure in _guards(results, row.variant)}
        cost = method_cost(results, row.variant)
        numbers: dict[str, Any] = {"variant": row.variant, "of": row.variants.base}
        for measure in FOUR_RATES:
            numbers |= shares.get(measure, _NOTHING).columns(f"{measure}_")
        for measure in _GUARDS:
            numbers |= guards.get(measure, _NOTHING).columns(f"{measure}_")
        data.append(numbers | cost)
        shown.append(
            {"variant": row.variant}
            | {MEASURES[measure].label: with_interval(shares.get(measure, _NOTHING), 2) for measure in FOUR_RATES}
            | {MEASURES[measure].label: with_interval(guards.get(measure, _NOTHING), 2) for measure in _GUARDS}
            | _cost_in_words(cost)
        )
    return Table(_CAPTION, pd.DataFrame(data), pd.DataFrame(shown))


def share_of(results: Results, row: Row, measure: str) -> Estimate:
    """Return the recovered share of a method, on the questions that it, the base and the aligned model answered."""
    scores = [
        scores_towards_better(results, variant, measure)
        for variant in (row.variants.base, row.variants.aligned, row.variant)
    ]
    base, aligned, student = ([one] for one in scores)
    return recovered_share(base, aligned, student, seed=0)


def method_cost(results: Results, variant: str) -> dict[str, Any]:
    """Return what a method costs beside its model; of a head, the numbers that it has."""
    if results.profile.variants[variant].neighbour is not None:
        cost = results.neighbour_cost(variant)
        return {name: cost[name] for name in _COSTS}
    head = results.profile.variants[variant].head
    assert head is not None, "a method has a head, or is a neighbour"
    first = results.profile.heads_in(head)[0]
    card, shape = results.card(first), results.head_shape(first)
    chosen = f"k {card['k']}" if "k" in card else None
    return dict(zip(_COSTS, (chosen, math.prod(shape), 1.0, math.nan, math.nan), strict=True))


def _is_measured(results: Results, row: Row, measure: str) -> bool:
    variants = (row.variant, row.variants.base, row.variants.aligned)
    return all(MEASURES[measure].benchmark in results.profile.benchmarks_of(variant) for variant in variants)


def _guards(results: Results, variant: str) -> list[str]:
    answered = results.profile.benchmarks_of(variant)
    return [name for name in _GUARDS if MEASURES[name].benchmark in (None, *answered)]


def _cost_in_words(cost: dict[str, Any]) -> dict[str, str]:
    def number(value: float, form: str) -> str:
        return "-" if math.isnan(value) else format(value, form)

    return {
        "chosen": cost["chosen"] or "-",
        "parameters": number(cost["extra_parameters"], ",.0f"),
        "passes": number(cost["passes"], ".2f"),
        "tokens/s": number(cost["tokens_per_second"], ".0f"),
        "without": number(cost["tokens_per_second_alone"], ".0f"),
    }
