"""The table of two judges of the same responses: how often they agree, and both rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.config import Profile
from superficial.measures.comparisons import kappa
from superficial.measures.scores import MEASURES, values
from superficial.reporting.results import Results
from superficial.reporting.second_judges import measures_with_second_judge
from superficial.reporting.table import Table

_COLUMNS = ["variant", "measure", "n", "first", "second", "kappa", "differ"]


def has_second_judges(profile: Profile) -> bool:
    """Tell whether a benchmark of a profile has a second judge."""
    return any(benchmark.second_judge for benchmark in profile.benchmarks.values())


def judges_table(results: Results) -> Table:
    """Return, for every variant and twice judged rate, both rates, the judges' agreement and how many scores differ."""
    seconded = results.with_second_judges()
    measures = measures_with_second_judge(results.profile)
    data = pd.DataFrame(
        [
            _row(results, seconded, variant, measure)
            for variant in results.profile.variants
            for measure in measures
            if MEASURES[measure].benchmark in results.profile.benchmarks_of(variant)
        ],
        columns=_COLUMNS,
    )
    judged = data["n"] > 0
    shown = data.assign(
        measure=[MEASURES[name].label for name in data["measure"]],
        first=data["first"].map("{:.3f}".format).where(judged, "not judged"),
        second=data["second"].map("{:.3f}".format).where(judged, "not judged"),
        kappa=["one score only" if np.isnan(value) else f"{value:.2f}" for value in data["kappa"]],
    )
    shown["kappa"] = shown["kappa"].where(judged, "not judged")
    return Table(_caption(results.profile, measures), data, shown)


def _row(results: Results, seconded: Results, variant: str, measure: str) -> dict[str, object]:
    first, second = (values(judged.scores(variant), measure) for judged in (results, seconded))
    both = ~np.isnan(first + second)
    first, second = first[both], second[both]
    row = {"variant": variant, "measure": measure, "n": len(first), "differ": int((first != second).sum())}
    if not len(first):
        return row | {"first": np.nan, "second": np.nan, "kappa": np.nan}
    return row | {"first": first.mean(), "second": second.mean(), "kappa": kappa(first, second)}


def _caption(profile: Profile, measures: list[str]) -> str:
    labels: dict[str, list[str]] = {}
    for measure in measures:
        benchmark = MEASURES[measure].benchmark
        assert benchmark is not None, "a measure with a second judge has a benchmark"
        labels.setdefault(benchmark, []).append(MEASURES[measure].label)
    judges = [
        f"{', '.join(names)}: {' then '.join(profile.judge_identities_of(benchmark))}"
        for benchmark, names in labels.items()
    ]
    return (
        f"Two judges of the same responses ({'; '.join(judges)}): both rates, Cohen's kappa, and how many answers they "
        "score differently."
    )
