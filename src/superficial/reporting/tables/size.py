"""The table of size: what a head regains when it is made smaller."""

from __future__ import annotations

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.reporting import size
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval


def size_table(results: Results) -> Table:
    """Return the recovered shares at each size of a head, and for which rates it is the smallest that keeps enough."""
    study = results.profile.size
    assert study is not None, "the profile studies size"
    found = size.sizes(results)
    shown = [
        {"size": one.name, "kilobytes": f"{one.kilobytes:.1f}"}
        | {MEASURES[measure].label: with_interval(share, 2) for measure, share in one.shares.items()}
        | {"smallest for": ", ".join(MEASURES[measure].label for measure in one.smallest_for) or "-"}
        for one in found
    ]
    caption = (
        f"Recovered share of a head made smaller. Smallest for: the fewest kilobytes that keep {study.kept:.0%} of the "
        f"full head's share, chosen on at most {study.questions} validation questions of each benchmark; shares are on "
        "as many test questions, with paired intervals."
    )
    return Table(caption, size_data(found), pd.DataFrame(shown))


def size_data(found: list[size.Size]) -> pd.DataFrame:
    """Return sizes as a table of numbers."""
    rows = []
    for one in found:
        row: dict[str, object] = {"size": one.name, "kind": one.kind, "kilobytes": one.kilobytes}
        for measure, share in one.shares.items():
            row |= share.columns(f"{measure}_")
        rows.append(row | {"smallest_for": ", ".join(one.smallest_for)})
    return pd.DataFrame(rows)
