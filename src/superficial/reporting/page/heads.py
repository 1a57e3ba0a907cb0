"""The page's gallery of heads: what each is, how it was chosen, and what it changes on the test questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from superficial.artifacts import INSPECTION
from superficial.json_files import read_json
from superficial.measures import kl
from superficial.measures.intervals import Estimate
from superficial.reporting.page.run import flat
from superficial.reporting.results import Results

_SHOWN_CHANGES = 12
# Longer lists of numbers are curves, not facts to read.
_MAX_FACT_LENGTH = 12


@dataclass(frozen=True)
class HeadCard:
    """One head of the gallery.

    Attributes:
        name: the head.
        subtitle: its kind, and its pair.
        facts: its card, flat.
        curve: validation KL before training, then of each epoch or candidate.
        kl: means over first and later positions, see `superficial.measures.kl.summary`.
        agreement: the share of positions at which the top token is the aligned model's, of the base and of the student.
        changes: the most frequent changes of the top token: from, to, number of positions.
        inspection: what `superficial.heads.inspection` measured; empty where it did not run.
    """

    name: str
    subtitle: str
    facts: dict[str, str]
    curve: list[float]
    kl: dict[str, Estimate]
    agreement: tuple[float, float]
    changes: list[tuple[str, str, int]]
    inspection: dict[str, Any]


def head_card(results: Results, name: str) -> HeadCard:
    """Return a head of a run as the gallery shows it."""
    card, inspection = results.card(name), results.folder / INSPECTION.of(head=name)
    inspected = read_json(inspection) if inspection.is_file() else {}
    return described(name, f"{card['kind']} head of pair {card['pair']}", card, results.positions(name), inspected)


def described(
    name: str, subtitle: str, card: dict[str, Any], positions: pd.DataFrame, inspection: dict[str, Any]
) -> HeadCard:
    """Return a head as the gallery shows it.

    Args:
        name: the head.
        subtitle: its kind, and its pair.
        card: the content of card.json.
        positions: what it changes, one row per prompt and response position.
        inspection: the content of inspect.json; empty if there is none.
    """
    curve = card.get("validation_kl", [])
    changed = positions[positions["source"] != positions["student"]]
    pairs = (
        changed.groupby(["source", "student"]).size().sort_values(ascending=False, kind="stable").head(_SHOWN_CHANGES)
    )
    agreement = [float((positions["target"] == positions[side]).mean()) for side in ("source", "student")]
    return HeadCard(
        name,
        subtitle,
        flat(_without_long_lists({key: value for key, value in card.items() if key != "validation_kl"})),
        [float(value) for value in curve],
        kl.summary(positions, seed=0),
        (agreement[0], agreement[1]),
        [(str(source), str(student), int(count)) for (source, student), count in pairs.items()],  # type: ignore[misc]
        inspection,
    )


def _without_long_lists(card: dict[str, Any]) -> dict[str, Any]:
    shown = {}
    for key, value in card.items():
        if isinstance(value, dict):
            shown[key] = _without_long_lists(value)
        elif not isinstance(value, list) or len(value) <= _MAX_FACT_LENGTH:
            shown[key] = value
    return shown


def sparkline(values: list[float], width: float = 120, height: float = 28) -> str:
    """Return the points of an SVG polyline through values, the largest at the top; none for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)
    return " ".join(f"{i * step:.1f},{1 + (height - 2) * (high - value) / span:.1f}" for i, value in enumerate(values))
