"""Two judges of the same responses: how often they agree, and what the second would have said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.measures.comparisons import kappa
from superficial.measures.scores import MEASURES, per_question
from superficial.reporting.results import Results
from superficial.reporting.table import Table


def seconded_measures(results: Results) -> list[str]:
    """Return the rates that two judges give."""
    benchmarks = results.profile.benchmarks
    return [
        name
        for name, measure in MEASURES.items()
        if measure.is_rate and measure.benchmark in benchmarks and benchmarks[measure.benchmark].second_judge
    ]


def judges_table(results: Results) -> Table:
    """Return both rates of every variant that two judges give, their agreement and how many answers differ."""
    second, rows = results.by_second_judges(), []
    for variant in results.profile.variants:
        asked = results.profile.benchmarks_of(variant)
        for measure in [name for name in seconded_measures(results) if MEASURES[name].benchmark in asked]:
            left, right = (per_question(each.scores(variant), measure) for each in (results, second))
            both = ~np.isnan(left + right)
            left, right = left[both], right[both]
            rows.append(
                {"variant": variant, "measure": measure, "n": len(left)}
                | {"first": left.mean() if len(left) else np.nan, "second": right.mean() if len(left) else np.nan}
                | {"kappa": kappa(left, right) if len(left) else np.nan, "differ": int((left != right).sum())}
            )
    data = pd.DataFrame(rows, columns=["variant", "measure", "n", "first", "second", "kappa", "differ"])
    numbers = {name: data[name].map("{:.3f}".format) for name in ("first", "second")}
    shown = data.assign(
        measure=[MEASURES[name].label for name in data["measure"]],
        **numbers,
        kappa=["one score only" if np.isnan(value) else f"{value:.2f}" for value in data["kappa"]],
    )
    judges = {
        MEASURES[name].label: results.profile.judge_identities_of(MEASURES[name].benchmark or "")
        for name in seconded_measures(results)
    }
    said = "; ".join(f"{label}: {first}, then {then}" for label, (first, then) in judges.items())
    return Table(
        f"Two judges of the same responses ({said}): both rates, Cohen's kappa, and how many answers they score "
        "differently.",
        data,
        shown,
    )
