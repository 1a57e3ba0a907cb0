"""Tables that set the values printed in the paper beside the recomputed ones."""

from __future__ import annotations

import pandas as pd

from superficial.config import Profile
from superficial.measures.intervals import NOT_JUDGED, Estimate, wilson
from superficial.measures.scores import MEASURES
from superficial.published.numbers import Published
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval, without_interval
from superficial.reporting.tables.scores import scores_table

_COLUMNS = [
    *("published_row", "variant", "measure", "published", "recomputed", "low", "high"),
    *("difference", "difference_low", "difference_high", "world"),
]


def has_published_rows(profile: Profile, table: str) -> bool:
    """Tell whether a row of a table of scores is in the paper."""
    return any(profile.variants[row].published_row for row in profile.tables[table].rows)


def side_by_side_table(results: Results, name: str) -> Table:
    """Return what a table of the paper prints, what was measured here, and the difference, one row per number."""
    scores = scores_table(results, name).data
    data = scores[scores["published"].notna()].rename(columns={"value": "recomputed"})
    is_lab = bool(results.profile.worlds)
    data["world"] = "another (the lab)" if is_lab else "the paper's"
    data["difference"] = data["recomputed"] - data["published"]
    for end in ("low", "high"):
        data[f"difference_{end}"] = data[end] - data["published"]
    data = data[_COLUMNS]
    if not is_lab:
        data = _with_published_intervals(data, results.published)
    caption = "Published and recomputed values and their difference (recomputed minus published), with 95 % intervals."
    if not is_lab:
        caption += " Of a published rate: the Wilson interval of one run on as many questions as the paper has."
    else:
        caption += (
            " The recomputed ones are of another world, the lab, with other models and questions: they show whether a "
            "finding holds there and replicate no number."
        )
    return Table(caption, data, pd.DataFrame([_shown(row) for row in data.to_dict("records")]))


def _with_published_intervals(data: pd.DataFrame, paper: Published) -> pd.DataFrame:
    """Return the table with the interval that the paper's number of questions allows each published rate."""
    intervals = [
        wilson(round(value * column.questions), column.questions)
        if (column := paper.columns[measure]).unit == "share" and column.questions
        else NOT_JUDGED
        for measure, value in zip(data["measure"], data["published"], strict=True)
    ]
    ends = {f"published_{end}": [getattr(interval, end) for interval in intervals] for end in ("low", "high")}
    return data.assign(**ends)


def _shown(row: dict) -> dict[str, str]:
    decimals = MEASURES[row["measure"]].decimals
    recomputed, difference = _estimate(row, "recomputed", ""), _estimate(row, "difference", "difference_")
    return {
        "paper's row": row["published_row"],
        "recomputed with": row["variant"],
        "measure": MEASURES[row["measure"]].label,
        "published": f"{row['published']:.{decimals}f}",
        **_published_interval(row, decimals),
        "recomputed": with_interval(recomputed, decimals),
        "difference": without_interval(difference, decimals, signed=True),
        "world": row["world"],
    }


def _estimate(row: dict, value: str, prefix: str) -> Estimate:
    estimate = Estimate(row[value], row[f"{prefix}low"], row[f"{prefix}high"])
    return NOT_JUDGED if pd.isna(estimate.value) else estimate


def _published_interval(row: dict, decimals: int) -> dict[str, str]:
    """Return the cell of the interval that the paper's number of questions allows; no cell in the lab."""
    if "published_low" not in row:
        return {}
    low, high = row["published_low"], row["published_high"]
    text = "" if pd.isna(low) else f"[{low:.{decimals}f}, {high:.{decimals}f}]"
    return {"its interval, by the paper's n": text}
