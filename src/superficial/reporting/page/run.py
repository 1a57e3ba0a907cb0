"""What ran, on what and how long, from what the stages and the workflow left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superficial.reporting.results import Results

# Of a stage's own record, what says on what it ran.
_MACHINE = ("device", "threads", "deterministic", "packages")


@dataclass(frozen=True)
class Step:
    """A stage of the run: how many calls it had, and how long they took together, in seconds."""

    stage: str
    calls: int
    seconds: float


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield json.loads(file.read_text(encoding="utf-8"))


def _recorded(results: Results) -> Iterator[tuple[str, float]]:
    """Yield stage and duration of every call: from the stages' records, else from what the workflow keeps."""
    records = list(_read(results.folder / "provenance"))
    yield from ((record["stage"], record["seconds"]) for record in records)
    if records:
        return
    calls: dict[tuple[str, str], float] = {}
    for kept in _read(results.folder / ".snakemake" / "metadata"):
        if kept.get("starttime") and kept.get("log"):
            stage, log = kept["rule"].split("_")[0], kept["log"][0]
            # One record an output, begun when its file was.
            calls[stage, log] = max(calls.get((stage, log), 0.0), kept["endtime"] - kept["starttime"])
    yield from ((stage, seconds) for (stage, _), seconds in calls.items())


def steps(results: Results) -> list[Step]:
    """Return the stages of the run, the longest first."""
    found: dict[str, list[float]] = {}
    for stage, seconds in _recorded(results):
        found.setdefault(stage, []).append(seconds)
    made = [Step(stage, len(times), sum(times)) for stage, times in found.items()]
    return sorted(made, key=lambda step: -step.seconds)


def machine(results: Results) -> dict[str, str]:
    """Return on what the run ran, flat: its environment.json, else what the stages' records say."""
    file = results.folder / "environment.json"
    if file.is_file():
        return flat(json.loads(file.read_text(encoding="utf-8")))
    merged: dict[str, Any] = {"packages": {}}
    for record in _read(results.folder / "provenance"):
        packages = merged["packages"] | record["packages"]
        merged |= {key: record[key] for key in _MACHINE} | {"packages": packages}
    return flat(merged) if len(merged) > 1 else {}


def flat(value: Any, prefix: str = "") -> dict[str, str]:
    """Return a nested JSON value as one line for each of its ends, named by the way to it."""
    if isinstance(value, dict):
        lines: dict[str, str] = {}
        for key, inner in value.items():
            lines |= flat(inner, f"{prefix} {key}".strip())
        return lines
    return {prefix: ", ".join(map(_end, value)) if isinstance(value, list) else _end(value)}


def _end(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)
