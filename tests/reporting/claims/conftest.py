"""Conditions are tested at hundreds of planted results that differ in a few rows: the rest is computed once."""

from collections.abc import Callable
from typing import Any

import pytest

from superficial.measures.scores import MEASURES, per_question
from superficial.reporting import recovery
from superficial.reporting.claims import differences, safety


def remembered(compute: Callable[..., Any], rows_of: Callable[..., list[Any]]) -> Callable[..., Any]:
    """Return a function that computes once what depends on a measure and on rows; planted rows are kept as objects."""
    known: dict[tuple, tuple] = {}

    def remember(given, measure, *arguments):
        rows = rows_of(given, measure, *arguments)
        key = (measure, *map(id, rows))
        if key not in known:
            # With the rows, so that no others take their place in memory.
            known[key] = compute(given, measure, *arguments), rows
        return known[key][0]

    return remember


def rows_of_pairs(results, measure, pairs):
    benchmark = MEASURES[measure].benchmark
    return [results.scores(variant)[benchmark] for pair in pairs for variant in pair]


def rows_of_variant(scores, measure):
    benchmark = MEASURES[measure].benchmark
    return list(scores.values()) if benchmark is None else [scores[benchmark]]


@pytest.fixture(autouse=True, scope="package")
def what_the_same_rows_give_is_computed_once():
    numbers = remembered(per_question, rows_of_variant)
    of_pairs = remembered(differences.mean_difference_of_pairs, rows_of_pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(differences, "mean_difference_of_pairs", of_pairs)
        for module in (differences, safety, recovery):
            patch.setattr(module, "per_question", numbers)
        yield
