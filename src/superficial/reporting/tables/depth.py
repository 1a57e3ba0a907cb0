"""The table of depth: what a student regains by how many blocks of the aligned model its base has."""

from __future__ import annotations

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.reporting import depth
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval

_KL = {depth.FIRST: "KL, first ten", depth.LATER: "KL, later"}
_CAPTION = (
    "Recovered share and residual KL (nats) of a student with a fresh head, by how many blocks its base has from the "
    "aligned model; top 0 is the head alone, the method of the paper. Only together: what the blocks of both sides "
    "regain beyond the sum of what each regains alone. Bootstrap intervals over questions."
)


def depth_table(results: Results) -> Table:
    """Return both depth curves of the main pair, and the interaction of both sides."""
    assert results.profile.depth is not None, "the profile studies depth"
    upper, lower = list(results.profile.depth.curves())[:2]
    points = [*depth.points_of(results, upper), *depth.points_of(results, lower), *depth.interactions(results)]
    data = pd.DataFrame(depth_rows(points))
    shown = [
        {"point": point.point}
        | {label(measure): with_interval(share, 2) for measure, share in point.shares.items()}
        | {_KL[part]: with_interval(value, 3) for part, value in point.kl.items()}
        for point in points
    ]
    return Table(_CAPTION, data, pd.DataFrame(shown))


def depth_rows(points: list[depth.PointShares]) -> list[dict[str, object]]:
    """Return points as rows of numbers, each estimate with the ends of its interval."""
    rows = []
    for point in points:
        row: dict[str, object] = {"point": point.point, "blocks": point.blocks}
        for name, estimate in (point.shares | point.kl).items():
            row |= estimate.columns(f"{name.replace(' ', '_')}_")
        rows.append(row)
    return rows


def label(measure: str) -> str:
    """Return how a measure is named in tables."""
    return measure if measure == ALL_FOUR else MEASURES[measure].label
