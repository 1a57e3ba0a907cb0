"""The table of recovered shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from superficial.config import Comparison
from superficial.measures.intervals import NOT_JUDGED, Estimate
from superficial.measures.scores import MEASURES, estimate
from superficial.reporting.recovery import ALL_FOUR, comparison_share, measures_with_share
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval, without_interval

_ROLES = ("base", "aligned", "student")
_CAPTION = (
    "Recovered share: (student - base) / (aligned - base), pooled (sum of gains over sum of gaps) and as the mean "
    "of the ratios of single models, with paired bootstrap intervals over questions. Controls have a known answer: "
    "head-only alignment 1, a shuffled teacher 0 or less."
)


def recovery_table(results: Results) -> Table:
    """Return the share of the improvement by alignment that each student regains, controls included."""
    data, shown = [], []
    for name, comparisons in results.profile.recovery.items():
        for measure in measures_with_share(results, comparisons):
            means = {role: _mean(results, comparisons, role, measure) for role in _ROLES}
            pooled, ratios = (comparison_share(results, name, measure, pooled=choice) for choice in (True, False))
            published = results.published.share(name, measure)
            row: dict[str, Any] = {"comparison": name, "measure": measure}
            row |= {role: mean.value for role, mean in means.items()}
            row |= pooled.columns("pooled_") | ratios.columns("mean_of_ratios_") | {"published": published}
            data.append(row)
            shown.append(
                {"comparison": name, "measure": measure if measure == ALL_FOUR else MEASURES[measure].label}
                | {role: without_interval(mean, 3) for role, mean in means.items()}
                | {"pooled share": with_interval(pooled, 2), "mean of ratios": with_interval(ratios, 2)}
                | {"published (pooled)": "-" if published is None else f"{published:.3f}"}
            )
    return Table(_CAPTION, pd.DataFrame(data), pd.DataFrame(shown))


def _mean(results: Results, comparisons: list[Comparison], role: str, measure: str) -> Estimate:
    """Return the mean of a measure over the models of a role; none for `ALL_FOUR`, whose rates are summed."""
    if measure == ALL_FOUR:
        return Estimate(np.nan, np.nan, np.nan)
    values = [estimate(results.scores(getattr(comparison, role)), measure).value for comparison in comparisons]
    mean = float(np.mean(values))
    return NOT_JUDGED if np.isnan(mean) else Estimate(mean, np.nan, np.nan)
