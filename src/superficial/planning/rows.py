"""Which rows of the tables a card can run, the commands for that, and a profile of some rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from superficial.config import Profile
from superficial.planning.plan import check_rows, pairs_of, plan_calls
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
    heads = [head for head in profile.heads if any(head in profile.heads_used_by(row) for row in rows)]
    pairs, sweep = pairs_of(profile, heads), profile.sweep
    if sweep and {sweep.small, sweep.large} <= pairs:
        pairs.add(sweep.large_on_small)
        heads.append(sweep.head)
    else:
        sweep = None
    sets = {name: one for name, one in profile.head_sets.items() if set(one.values()) <= set(heads)}
    recovery = {
        key: whole
        for key, comparisons in profile.recovery.items()
        if (whole := [one for one in comparisons if set(one.model_dump().values()) <= set(rows)])
    }
    if not recovery:
        example = next(iter(profile.recovery[profile.main_comparison])).model_dump().values()
        raise ValueError(
            f"The rows {', '.join(rows)} hold no base with its aligned model and a student, such as "
            f"{', '.join(example)}: nothing could be compared."
        )
    main_head = profile.main_head if profile.main_head in [*heads, *sets] else next(iter([*sets, *heads]))
    models = set().union(*map(profile.models_used_by, rows))
    models |= {model for pair in pairs for model in (profile.pairs[pair].base, profile.pairs[pair].aligned)}
    changes: dict[str, Any] = {
        "name": name,
        "models": _only(profile.models, models),
        "pairs": _only(profile.pairs, pairs),
        "heads": _only(profile.heads, heads),
        "head_sets": sets,
        "main_head": main_head,
        "variants": _only(profile.variants, rows),
        "tables": {
            key: {"rows": kept, "measures": table.measures}
            for key, table in profile.tables.items()
            if (kept := [row for row in table.rows if row in rows])
        },
        "recovery": recovery,
        "main_comparison": profile.main_comparison if profile.main_comparison in recovery else next(iter(recovery)),
        "transfer_comparison": profile.transfer_comparison if profile.transfer_comparison in recovery else None,
        "generality_comparisons": [key for key in profile.generality_comparisons if key in recovery],
        "baselines": [
            {"student": one.student, "others": kept}
            for one in profile.baselines
            if one.student in rows and (kept := [other for other in one.others if other in rows])
        ],
        "attacks": [one for one in profile.attacks if set(one.model_dump().values()) <= set(rows)],
        "examples": {key: one for key, one in profile.examples.items() if one.comparison in recovery},
        "sweep": sweep,
    }
    reduced = Profile.model_validate(profile.model_dump() | _plain(changes))
    calls = plan_calls(reduced, rates.assumptions)
    size = _DISK_MARGIN * sum(call.disk_bytes + call.scratch_bytes for call in calls) / GIGA
    return reduced.model_copy(update={"disk_gigabytes": size})


def _only(section: dict[str, Any], names: Any) -> dict[str, Any]:
    return {name: value for name, value in section.items() if name in names}


def _plain(value: Any) -> Any:
    """Return settings as plain data."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.model_dump() if hasattr(value, "model_dump") else value
