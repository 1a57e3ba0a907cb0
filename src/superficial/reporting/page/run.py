"""Which stages ran, for how long, and on which machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from superficial.artifacts import ENVIRONMENT
from superficial.json_files import read_json
from superficial.reporting.results import Results


@dataclass(frozen=True)
class StageTime:
    """A stage of the run: its number of calls, and their total duration in seconds."""

    stage: str
    calls: int
    seconds: float


def stage_times(results: Results) -> list[StageTime]:
    """Return the stages of the run, the longest first."""
    seconds: dict[str, list[float]] = {}
    for record in results.records.all:
        seconds.setdefault(record.stage, []).append(record.seconds)
    times = [StageTime(stage, len(of_calls), sum(of_calls)) for stage, of_calls in seconds.items()]
    return sorted(times, key=lambda time: -time.seconds)


def machine(results: Results) -> dict[str, str]:
    """Return the machine of the run as flat facts: its environment.json, or what the records of the stages hold."""
    file = results.folder / ENVIRONMENT.of()
    if file.is_file():
        return flat(read_json(file))
    facts: dict[str, Any] = {}
    packages: dict[str, str] = {}
    for record in results.records.all:
        packages |= record.packages
        facts = {"device": record.device, "threads": record.threads, "deterministic": record.deterministic}
    return flat({"packages": packages} | facts) if facts else {}


def flat(value: Any, prefix: str = "") -> dict[str, str]:
    """Return a nested JSON value as one text per leaf, keyed by the names that lead to it."""
    if isinstance(value, dict):
        facts: dict[str, str] = {}
        for key, inner in value.items():
            facts |= flat(inner, f"{prefix} {key}".strip())
        return facts
    return {prefix: ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)}


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)
