"""The table that compares superficial knowledge with simpler methods, rate by rate and summed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from superficial.measures.comparisons import holm
from superficial.measures.scores import FOUR_RATES, MEASURES
from superficial.reporting.improvements import difference, improvements
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval

_CAPTION = (
    "By how much the student is better than a simpler method (positive: the student), with paired bootstrap "
    "intervals and bootstrap tests over clusters of questions. Those of single rates and those of their sum are each "
    "corrected by Holm."
)


def baselines_table(results: Results) -> Table:
    """Return each student against each simpler method, with p values corrected for their number."""
    rows: list[dict[str, Any]] = []
    estimates = []
    for baselines in results.profile.baselines:
        for other in baselines.others:
            for measure in FOUR_RATES:
                estimate, p = difference(results, baselines.student, other, (measure,))
                estimates.append(estimate)
                rows.append({"student": baselines.student, "other": other, "measure": measure} | estimate.columns())
                rows[-1] |= {"p": p}
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["corrected_p"] = p
    for improvement in improvements(results):
        estimates.append(improvement.estimate)
        rows.append({"student": improvement.student, "other": improvement.other, "measure": ALL_FOUR})
        rows[-1] |= improvement.estimate.columns()
        rows[-1] |= {"p": improvement.p, "corrected_p": improvement.corrected_p}
    data = pd.DataFrame(rows)
    shown = data[["student", "other"]].assign(
        **{
            "measure": [name if name == ALL_FOUR else MEASURES[name].label for name in data["measure"]],
            "better by": [with_interval(estimate, 3) for estimate in estimates],
            "p": data["p"].map("{:.2g}".format),
            "p, corrected": data["corrected_p"].map("{:.2g}".format),
        }
    )
    return Table(_CAPTION, data, shown)
