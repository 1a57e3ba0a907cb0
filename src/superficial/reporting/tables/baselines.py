"""The table that compares superficial knowledge with simpler methods, rate by rate."""

from __future__ import annotations

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.reporting.improvements import improvements
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval

_CAPTION = (
    "By how much the student is better than a simpler method (positive: the student), with paired bootstrap "
    "intervals and bootstrap tests over clusters of questions, corrected by Holm for all rates and methods."
)


def baselines_table(results: Results) -> Table:
    """Return each student against each simpler method, with p values corrected for their number."""
    compared = improvements(results)
    data = pd.DataFrame(
        [
            {"student": one.student, "other": one.other, "measure": one.measure}
            | one.estimate.columns()
            | {"p": one.p, "corrected_p": one.corrected_p}
            for one in compared
        ]
    )
    shown = data[["student", "other"]].assign(
        **{
            "measure": [MEASURES[name].label for name in data["measure"]],
            "better by": [with_interval(one.estimate, 3) for one in compared],
            "p": data["p"].map("{:.2g}".format),
            "p, corrected": data["corrected_p"].map("{:.2g}".format),
        }
    )
    return Table(_CAPTION, data, shown)
