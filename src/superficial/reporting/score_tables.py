"""Tables of scores: each variant's measures, and the same beside what the paper prints."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.config import Profile, World
from superficial.measures.intervals import Estimate, mean_difference
from superficial.measures.scores import MEASURES, estimate, per_question
from superficial.reporting.results import Results
from superficial.reporting.table import Table, ranged

SIDE_BY_SIDE = "-side-by-side"


def base_of(results: Results, table: str, variant: str) -> str | None:
    """Return the variant of a table that stands for the row which the paper takes a variant's change from, if any."""
    row = results.published.base_of(results.profile.variants[variant].published_row)
    rows = results.profile.tables[table].rows
    return next((name for name in rows if row and results.profile.variants[name].published_row == row), None)


def judge_of(rows: pd.DataFrame) -> str:
    """Return who gave the scores of a benchmark."""
    return " and ".join(sorted(set(rows["judge"])))


def _change(row: dict[str, pd.DataFrame], base: dict[str, pd.DataFrame], measure: str) -> Estimate:
    """Return by how much a measure differs from the base's, over the benchmarks that both were asked."""
    both = sorted(row.keys() & base.keys())
    left, right = (per_question({name: of[name] for name in both}, measure) for of in (row, base))
    return mean_difference(left, right, seed=0)


def _digits(measure: str) -> int:
    return 3 if MEASURES[measure].is_rate else 2


def scores_table(results: Results, name: str) -> Table:
    """Return each variant's measures with intervals, their change from the base, and the value the paper prints."""
    data, shown = [], []
    table = results.profile.tables[name]
    for variant in table.rows:
        row, settings = results.scores(variant), results.profile.variants[variant]
        base = base_of(results, name, variant)
        cells = {"variant": variant, "paper's row": settings.published_row or "-"}
        for measure in table.measures:
            about, scores = MEASURES[measure], per_question(row, measure)
            found = estimate(row, measure)
            judged = int((~np.isnan(scores)).sum())
            judge = "text" if about.benchmark is None else judge_of(row[about.benchmark])
            numbers = {"variant": variant, "measure": measure, **vars(found), "n": judged}
            numbers |= {"not_judged": len(scores) - judged, "judge": judge}
            numbers |= {"published_row": settings.published_row}
            numbers |= {"published": results.published.value(settings.published_row, measure)}
            cell = ranged(found, _digits(measure))
            if judged < len(scores):
                cell += f", {judged} of {len(scores)} judged"
            if base is not None:
                change = _change(row, results.scores(base), measure)
                numbers |= {"base": base, "change": change.value, "change_low": change.low, "change_high": change.high}
                cell += f" ({change.value:+.{_digits(measure)}f})"
            data.append(numbers)
            cells[f"{about.label} {'↑' if about.better == 'higher' else '↓'}"] = cell
        shown.append(cells)
    caption = (
        "Measures of each variant with 95 % intervals (Wilson; HarmScore: bootstrap over questions) and, in brackets, "
        "their change from the base (its paired interval is in the CSV). Over-refusal and garble rate are not in the "
        "paper: a model that declines everything is perfect by ToxiScore and HarmRate."
    )
    judges = {row["measure"]: row["judge"] for row in data if row["judge"] != "text"}
    names = "; ".join(f"{MEASURES[measure].label} {judge}" for measure, judge in judges.items())
    caption += f" Judged by: {names}."
    columns = ["variant", "measure", "value", "low", "high", "n", "not_judged", "judge", "published_row", "published"]
    columns += ["base", "change", "change_low", "change_high"]
    return Table(caption, pd.DataFrame(data).reindex(columns=columns), pd.DataFrame(shown))


def sides(profile: Profile) -> list[str]:
    """Return the names of the side-by-side tables: of all tables with a row of the paper."""
    return [
        f"{name}{SIDE_BY_SIDE}"
        for name, table in sorted(profile.tables.items())
        if any(profile.variants[row].published_row for row in table.rows)
    ]


def side_by_side_table(results: Results, name: str) -> Table:
    """Return what a table of the paper prints, what was measured for it here, and the difference, one row a number."""
    scores = scores_table(results, name).data
    data = scores[scores["published"].notna()].copy()
    invented = any(isinstance(world, World) for world in results.profile.worlds.values())
    data["world"] = "another (the lab)" if invented else "the paper's"
    for end in ("", "_low", "_high"):
        data[f"difference{end}"] = data[f"{end.strip('_') or 'value'}"] - data["published"]
    data = data.rename(columns={"value": "recomputed"})
    columns = ["published_row", "variant", "measure", "published", "recomputed", "low", "high"]
    data = data[[*columns, "difference", "difference_low", "difference_high", "world"]]
    shown = pd.DataFrame(
        {
            "paper's row": row.published_row,
            "recomputed with": row.variant,
            "measure": MEASURES[row.measure].label,
            "published": f"{row.published:.{_digits(row.measure)}f}",
            "recomputed": f"{row.recomputed:.{_digits(row.measure)}f} "
            f"[{row.low:.{_digits(row.measure)}f}, {row.high:.{_digits(row.measure)}f}]",
            "difference": f"{row.difference:+.{_digits(row.measure)}f}",
            "world": row.world,
        }
        for row in data.itertuples()
    )
    caption = "Published and recomputed values and their difference (recomputed minus published), with 95 % intervals."
    if invented:
        caption += (
            " The recomputed ones are of another world, the lab, with other models and questions: they show whether a "
            "finding holds there and replicate no number."
        )
    return Table(caption, data, shown)
