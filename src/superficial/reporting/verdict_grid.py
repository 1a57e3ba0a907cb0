"""The verdicts on every claim side by side: one run, the lab over draws, pretrained weights, the paper's scale.

The last three are read from the published files, `paper/generated/`. A verdict whose file does not exist is "not run".
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superficial.reporting.claims.condition import NOT_RUN, REPRODUCED

DRAWS = "draws.csv"
# The published verdicts of profiles other than the lab's, by the profile's name.
CLAIMS_OF_PROFILE = "{profile}-claims.json"
# The columns of the grid after the first, which is the run at hand: a title, and the profile whose verdicts it shows.
OVER_DRAWS = "lab, over draws"
PROFILES = {"pretrained": "pretrained weights", "paper": "paper's scale"}
MIXED = "mixed"


@dataclass(frozen=True)
class VerdictCell:
    """A verdict as text; its kind, one of the verdicts, or `MIXED` where draws differ; the guarded verdict, if any."""

    text: str
    kind: str
    guarded: str = ""


@dataclass(frozen=True)
class VerdictRow:
    """The verdicts on one claim, by the title of their column."""

    claim: str
    title: str
    cells: dict[str, VerdictCell]


def verdict_grid(claims: Sequence[Mapping[str, Any]], run_title: str, published: Path) -> list[VerdictRow]:
    """Return one row a claim.

    Args:
        claims: the checked claims of the run at hand.
        run_title: the title of its column.
        published: the folder of the published files.

    Raises:
        ValueError: if a published file cannot be read.
    """
    over_draws = verdicts_over_draws(published / DRAWS)
    elsewhere = {
        title: _verdicts(published / CLAIMS_OF_PROFILE.format(profile=profile)) for profile, title in PROFILES.items()
    }
    not_run = VerdictCell(NOT_RUN, NOT_RUN)
    return [
        VerdictRow(
            claim["id"],
            claim["title"],
            {run_title: _cell(claim)}
            | {OVER_DRAWS: over_draws.get(claim["id"], not_run)}
            | {title: verdicts.get(claim["id"], not_run) for title, verdicts in elsewhere.items()},
        )
        for claim in claims
    ]


def verdicts_over_draws(file: Path) -> dict[str, VerdictCell]:
    """Return for each claim in how many draws it is reproduced; nothing where the file does not exist.

    Args:
        file: one row a claim and draw, with the columns claim, draw and verdict.

    Raises:
        ValueError: if a column is missing.
    """
    if not file.is_file():
        return {}
    verdicts: dict[str, list[str]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        for column in ("claim", "draw", "verdict"):
            if column not in (rows.fieldnames or ()):
                raise ValueError(f"{file} has no column {column!r}.")
        for row in rows:
            verdicts.setdefault(row["claim"], []).append(row["verdict"])
    return {claim: _over_draws(of_claim) for claim, of_claim in verdicts.items()}


def _over_draws(verdicts: Sequence[str]) -> VerdictCell:
    if set(verdicts) == {NOT_RUN}:
        return VerdictCell(NOT_RUN, NOT_RUN)
    held = verdicts.count(REPRODUCED)
    kind = next((verdict for verdict in set(verdicts) if verdicts.count(verdict) == len(verdicts)), MIXED)
    return VerdictCell(f"in {held} of {len(verdicts)} draws", kind)


def _verdicts(file: Path) -> dict[str, VerdictCell]:
    if not file.is_file():
        return {}
    claims = json.loads(file.read_text(encoding="utf-8"))
    return {claim["id"]: _cell(claim) for claim in claims}


def _cell(claim: Mapping[str, Any]) -> VerdictCell:
    return VerdictCell(claim["verdict"], claim["verdict"], claim.get("guarded_verdict", ""))
