"""The verdicts on every claim side by side: one run, the lab over draws, pretrained weights, the paper's scale.

The last three are read from the published files, `paper/generated/`. A verdict whose file does not exist is "not run".
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from superficial.reporting.claims.condition import NOT_RUN

# The published verdicts over draws: those of the lab, and in a folder of its name those of another profile.
DRAWS = "draw-verdicts.csv"
_DRAWS_COLUMNS = ("claim", "draws", "holding", "holding_guarded", "verdict")
# The published verdicts of profiles other than the lab's, by the profile's name.
CLAIMS_OF_PROFILE = "{profile}-claims.json"
DRAWS_OF_PROFILE = "{profile}-draws"
# The columns of the grid after the first, which is the run at hand: a title, and the profile whose verdicts it shows.
OVER_DRAWS = "lab, over draws"
PROFILES = {"pretrained": "pretrained weights", "paper": "paper's scale"}


@dataclass(frozen=True)
class VerdictCell:
    """A verdict, and the lines under it: in how many draws the claim holds, the guarded verdict where it is another."""

    verdict: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerdictRow:
    """The verdicts on one claim, by the title of their column."""

    claim: str
    title: str
    cells: dict[str, VerdictCell]


def verdict_grid(claims: Sequence[Mapping[str, Any]], profile: str, published: Path) -> list[VerdictRow]:
    """Return one row a claim.

    Args:
        claims: the checked claims of the run at hand.
        profile: its profile, whose published verdicts are left out.
        published: the folder of the published files.

    Raises:
        ValueError: if a published file cannot be read.
    """
    columns = {OVER_DRAWS: verdicts_over_draws(published / DRAWS)}
    if own := verdicts_over_draws(published / DRAWS_OF_PROFILE.format(profile=profile) / DRAWS):
        columns = {f"{profile}, over draws": own} | columns
    others = {name: title for name, title in PROFILES.items() if name != profile}
    columns |= {title: _verdicts_of_profile(name, published) for name, title in others.items()}
    return [
        VerdictRow(
            claim["id"],
            claim["title"],
            {f"this run ({profile})": _cell(claim)}
            | {title: verdicts.get(claim["id"], VerdictCell(NOT_RUN)) for title, verdicts in columns.items()},
        )
        for claim in claims
    ]


def verdicts_over_draws(file: Path) -> dict[str, VerdictCell]:
    """Return the verdict over draws on each claim, with the number of draws that it holds in; nothing without the file.

    Args:
        file: the table `draw-verdicts`, one row a claim.

    Raises:
        ValueError: if a column is missing.
    """
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        for column in _DRAWS_COLUMNS:
            if column not in (rows.fieldnames or ()):
                raise ValueError(f"{file} has no column {column!r}.")
        return {row["claim"]: VerdictCell(row["verdict"], _holding(row)) for row in rows}


def _holding(row: Mapping[str, str]) -> tuple[str, ...]:
    of_verdict = f"in {row['holding']} of {row['draws']} draws"
    guarded = f"guarded: in {row['holding_guarded']} of {row['draws']}"
    return (of_verdict,) if row["holding_guarded"] == row["holding"] else (of_verdict, guarded)


def _verdicts_of_profile(profile: str, published: Path) -> dict[str, VerdictCell]:
    """Return the published verdicts of a run of a profile; those over its draws, where there are any, are notes."""
    file = published / CLAIMS_OF_PROFILE.format(profile=profile)
    claims = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    cells = {claim["id"]: _cell(claim) for claim in claims}
    for claim, over_draws in verdicts_over_draws(published / DRAWS_OF_PROFILE.format(profile=profile) / DRAWS).items():
        note = ", ".join((f"over draws: {over_draws.verdict}", *over_draws.notes))
        cell = cells.get(claim, VerdictCell(NOT_RUN))
        cells[claim] = replace(cell, notes=(*cell.notes, note))
    return cells


def _cell(claim: Mapping[str, Any]) -> VerdictCell:
    guarded = claim.get("guarded_verdict", claim["verdict"])
    return VerdictCell(claim["verdict"], () if guarded == claim["verdict"] else (f"guarded: {guarded}",))
