"""What every measurement says of itself, and the page that shows all of them.

    .venv/bin/python bench/records.py

writes bench/RESULTS.md from the JSON files beside it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from superficial.reporting.verify import machine

HERE = Path(__file__).parent


def about() -> dict[str, str]:
    """Return when and where something is measured."""
    here = machine()
    cores = len(os.sched_getaffinity(0))
    return {"date": date.today().isoformat(), "machine": f"{here['processor']}, {cores} cores, torch {here['torch']}"}


def _table(columns: list[str], rows: list[list[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def _where(found: dict[str, Any]) -> str:
    return f"{found['date']}, {found['machine']}"


def _reproduction(found: dict[str, Any]) -> Iterator[str]:
    yield f"## The whole lab\n\n{_where(found)}, commit {found['commit']}.\n"
    yield _table(
        ["what", "measured"],
        [
            ["from an empty folder", f"{found['seconds_from_nothing'] / 60:.1f} min"],
            ["largest memory of all processes", f"{found['peak_gigabytes']} GB"],
            ["a second call", f"{found['seconds_of_a_second_call']} s"],
            ["after a new figure style", "; ".join(found["steps_after_a_new_figure_style"])],
        ],
    )
    total = sum(found["seconds_by_stage"].values())
    yield _table(
        ["stage", "seconds of work", "share"],
        [[stage, f"{s:.0f}", f"{s / total:.0%}"] for stage, s in found["seconds_by_stage"].items()],
    )


def _against_reference(found: list[dict[str, Any]]) -> Iterator[str]:
    yield f"## Against the paper's own procedure\n\n{_where(found[0])}; medians of interleaved rounds.\n"
    yield _table(
        ["models", "part", "ours, s", "reference, s", "ratio", "validation KL, ours / reference", "of the matmul rate"],
        [
            [one["models"], one["name"]]
            + [f"{one[side + '_seconds']:.2f} ({_range(one[side + '_spread'])})" for side in ("ours", "reference")]
            + [f"{one['ratio']:.1f}", *_learned(one)]
            for one in found
        ],
    )


def _learned(one: dict[str, Any]) -> list[str]:
    if "share_of_matmul_rate" not in one:
        return ["", ""]
    kl = f"{one['ours_validation_kl']:.4f} / {one['reference_best_validation_kl']:.4f}"
    return [kl, f"{one['share_of_matmul_rate']:.0%}"]


def _range(ends: list[float]) -> str:
    return "-".join(f"{end:.2f}" for end in ends)


def _scaling(found: list[dict[str, Any]]) -> Iterator[str]:
    yield f"## Extraction against the number of prompts\n\n{_where(found[0])}.\n"
    yield _table(
        ["prompts", "µs per position", "peak memory, MB"],
        [[one["prompts"], f"{one['microseconds_per_position']:.1f}", f"{one['peak_megabytes']:.0f}"] for one in found],
    )


def _card(found: dict[str, Any]) -> Iterator[str]:
    yield f"## {found['card'] or 'CPU'}, random weights in the shape of {found['shape']}\n"
    yield f"{found['date']}, {found['machine']}.\n"
    yield _table(
        ["work", "tokens", "tokens/s", "peak memory, GB", "share of the measured rate"],
        [
            [
                *(one["what"], one["tokens"], f"{one['tokens_a_second']:.4g}", one["peak_gigabytes"]),
                f"{one['share']:.0%} of {one['of']}",
            ]
            for one in found["rows"]
        ],
    )


# The file of each section, and how it is measured.
SECTIONS = {
    "lab.json": (_reproduction, "python bench/reproduction.py lab FOLDER"),
    "against_reference.json": (_against_reference, "invoke bench --json bench/against_reference.json"),
    "scaling.json": (_scaling, "python bench/scaling.py bench/scaling.json"),
    "gpu.json": (_card, "python -m bench.gpu"),
}


def main() -> None:
    parts = ["# Measurements\n\nWritten by `bench/records.py` from the JSON files beside it.\n"]
    for name, (section, command) in SECTIONS.items():
        if (HERE / name).is_file():
            parts += section(json.loads((HERE / name).read_text(encoding="utf-8")))
        else:
            parts.append(f"## {name}\n\nNot measured at the whole size yet: `{command}`.\n")
    (HERE / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
