"""A gallery of the run's heads: what each is, how it was chosen, and what it changes on the test questions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from superficial.measures import kl
from superficial.measures.intervals import Estimate
from superficial.reporting.page.run import flat
from superficial.reporting.results import Results

_CHANGES = 12
# Lists of more numbers than this are curves, not facts to read.
_LONGEST = 12


@dataclass(frozen=True)
class HeadCard:
    """One head of the gallery."""

    name: str
    facts: dict[str, str]
    curve: list[float]
    kl: dict[str, Estimate]
    agreement: tuple[float, float]
    changes: list[tuple[str, str, int]]
    inspection: dict[str, Any]


def head_card(results: Results, name: str) -> HeadCard:
    """Return a head's card, its KL over first and later positions, what it changes most, and its inspection if any."""
    card, positions = results.card(name), results.positions(name)
    facts = {key: value for key, value in card.items() if not isinstance(value, list) or len(value) <= _LONGEST}
    curve = card.get("validation_kl", [])
    facts.pop("validation_kl", None)
    changed = positions[positions["source"] != positions["student"]]
    pairs = changed.groupby(["source", "student"]).size().sort_values(ascending=False, kind="stable").head(_CHANGES)
    agreement = [float((positions["target"] == positions[side]).mean()) for side in ("source", "student")]
    inspected = results.folder / "heads" / name / "inspect.json"
    return HeadCard(
        name,
        flat(facts),
        [float(value) for value in curve],
        kl.summary(positions, seed=0),
        (agreement[0], agreement[1]),
        [(str(source), str(student), int(count)) for (source, student), count in pairs.items()],  # type: ignore[misc]
        json.loads(inspected.read_text(encoding="utf-8")) if inspected.is_file() else {},
    )


def sparkline(values: list[float], width: float = 120, height: float = 28) -> str:
    """Return the points of a polyline through `values`, the largest at the top."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)
    return " ".join(f"{i * step:.1f},{1 + (height - 2) * (high - value) / span:.1f}" for i, value in enumerate(values))
