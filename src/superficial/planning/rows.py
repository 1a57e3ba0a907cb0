"""Which rows of the tables a card can run, the commands for that, and a profile of some rows alone."""

from __future__ import annotations

from dataclasses import dataclass

from superficial.config import Profile
from superficial.config.reduction import profile_of_variants
from superficial.planning.plan import check_rows, plan_calls
from superficial.planning.rates import GIGA, Rates
from superficial.planning.table import hours

# Of disk space, beyond the large files that are planned.
_DISK_MARGIN = 1.05


@dataclass(frozen=True)
class CardRows:
    """What a card can run: rows, the hours that they take on it together, and the commands."""

    card: str
    memory_gigabytes: float
    rows: list[str]
    hours: float | None
    commands: list[str]


def rows_by_card(profile: Profile, rates: Rates) -> list[CardRows]:
    """Return for each card, the smallest first, the rows of which every call fits into its memory.

    A row is left out where the card cannot run what it is compared with.
    """
    needed = {
        row: max(call.card_bytes for call in plan_calls(profile, rates.assumptions, [row])) for row in profile.variants
    }
    runnable = []
    for name, card in sorted(rates.cards.items(), key=lambda item: item[1].memory_gigabytes):
        fitting = [row for row, size in needed.items() if size <= card.memory_bytes]
        rows = _with_a_comparison(profile, fitting)
        if len(rows) == len(needed):
            # All rows together are the whole profile, with its sweep.
            calls, commands = plan_calls(profile, rates.assumptions), [f"invoke reproduce-all --profile {profile.name}"]
        elif rows:
            calls = plan_calls(profile, rates.assumptions, rows)
            commands = [
                f"invoke profile {profile.name} --rows {','.join(rows)} --save my-rows",
                "invoke reproduce-all --profile my-rows",
            ]
        else:
            calls, commands = [], []
        total = hours(calls, card, rates) if calls else None
        runnable.append(CardRows(name, card.memory_gigabytes, rows, total, commands))
    return runnable


def _with_a_comparison(profile: Profile, rows: list[str]) -> list[str]:
    """Return the rows of complete comparisons, with or without a baseline, and those of complete tables."""
    groups = [set(one.model_dump().values()) for comparisons in profile.recovery.values() for one in comparisons]
    if not any(group <= set(rows) for group in groups):
        return []
    groups += [{one.student, other} for one in profile.baselines for other in one.others]
    groups += [set(table.rows) for table in profile.tables.values()]
    kept = set().union(*(group for group in groups if group <= set(rows)))
    return [row for row in rows if row in kept]


def profile_of_rows(profile: Profile, rows: list[str], name: str, rates: Rates) -> Profile:
    """Return a profile of some rows: only their models, pairs and heads, and the reports that can be made of them.

    Raises:
        ValueError: if there is no such row, or no base with its aligned model and a student among them.
    """
    check_rows(profile, rows)
    reduced = profile_of_variants(profile, rows, name)
    calls = plan_calls(reduced, rates.assumptions)
    size = _DISK_MARGIN * sum(call.disk_bytes + call.scratch_bytes for call in calls) / GIGA
    return reduced.model_copy(update={"disk_gigabytes": size})
