"""Every table of a profile by name. A new table is a module of this package and a line of `TABLES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from superficial.config import Profile
from superficial.reporting.results import Results
from superficial.reporting.table import Table
from superficial.reporting.tables import (
    baselines,
    controls,
    depth,
    examples,
    familiarity,
    head_seeds,
    judges,
    neighbours,
    recovery,
    scores,
    sensitivity,
    shift,
    shift_pairs,
    side_by_side,
    size,
    token_kinds,
)

SIDE_BY_SIDE = "-side-by-side"


@dataclass(frozen=True)
class NamedTable:
    """How a table is made, which profiles have it, and whether it goes beyond the paper."""

    make: Callable[[Results], Table]
    applies_to: Callable[[Profile], bool] = lambda profile: True
    is_beyond_paper: bool = False


TABLES = {
    "recovery": NamedTable(recovery.recovery_table),
    "controls": NamedTable(controls.controls_table, lambda profile: profile.controls is not None),
    "shift": NamedTable(shift.shift_table),
    "shift-pairs": NamedTable(shift_pairs.shift_pairs_table),
    "head-seeds": NamedTable(head_seeds.head_seeds_table),
    "baselines": NamedTable(baselines.baselines_table, lambda profile: bool(profile.baselines)),
    "sensitivity": NamedTable(sensitivity.sensitivity_table, lambda profile: profile.sensitivity is not None),
    "depth": NamedTable(depth.depth_table, lambda profile: profile.depth is not None, True),
    "token-kinds": NamedTable(token_kinds.token_kinds_table, is_beyond_paper=True),
    "size": NamedTable(size.size_table, lambda profile: profile.size is not None, True),
    "neighbours": NamedTable(neighbours.neighbours_table, lambda profile: bool(profile.neighbours()), True),
    "familiarity": NamedTable(familiarity.familiarity_table, lambda profile: bool(profile.worlds)),
    "judges": NamedTable(judges.judges_table, judges.has_second_judges),
}


def table_names(profile: Profile) -> list[str]:
    """Return the names of all tables of a profile."""
    return list(_makers(profile))


def number_tables(profile: Profile) -> list[str]:
    """Return the tables of estimates whose spread over draws is reported."""
    return [*profile.tables, "recovery", *(["baselines"] if profile.baselines else [])]


def make_table(results: Results, name: str) -> Table:
    """Return a table by name.

    Raises:
        ValueError: if the profile has no such table.
    """
    makers = _makers(results.profile)
    if name not in makers:
        raise ValueError(f"There is no table {name!r}; there are {', '.join(makers)}.")
    return makers[name](results)


def _makers(profile: Profile) -> dict[str, Callable[[Results], Table]]:
    """Return what makes each table: those that the profile lists rows or questions for, then those of `TABLES`."""
    listed = {name: partial(scores.scores_table, name=name) for name in profile.tables}
    listed |= {name: partial(examples.examples_table, name=name) for name in profile.examples}
    beside = {
        f"{name}{SIDE_BY_SIDE}": partial(side_by_side.side_by_side_table, name=name)
        for name in sorted(profile.tables)
        if side_by_side.has_published_rows(profile, name)
    }
    fixed = {name: table.make for name, table in TABLES.items() if table.applies_to(profile)}
    return {name: listed[name] for name in sorted(listed)} | beside | fixed
