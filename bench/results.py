"""Generates bench/RESULTS.md from the JSON records beside it: `python -m bench.results`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"


@dataclass(frozen=True)
class Section:
    """A part of the page: the record it shows, the command that measures it, and the function that renders it."""

    record: str
    command: str
    render: Callable[[Any], Iterator[str]]


def _table(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def _range(low_and_high: list[float]) -> str:
    return "-".join(f"{value:.2f}" for value in low_and_high)


def _reproduction(record: dict[str, Any]) -> Iterator[str]:
    yield f"## A full run of profile {record['profile']}"
    yield f"{record['date']}, {record['machine']}, commit {record['commit']}.\n"
    yield _table(
        ["quantity", "measured"],
        [
            ["time from an empty folder", f"{record['seconds_from_nothing'] / 60:.1f} min"],
            ["peak memory of all processes", f"{record['peak_gigabytes']} GB"],
            ["time of a second run, when everything is up to date", f"{record['seconds_of_a_second_call']} s"],
            ["plan after a change of the figure style", "; ".join(record["steps_after_a_new_figure_style"])],
        ],
    )
    total = sum(record["seconds_by_stage"].values())
    stages = {stage: seconds for stage, seconds in record["seconds_by_stage"].items() if seconds >= total / 100}
    stages["all others"] = total - sum(stages.values())
    yield _table(
        ["stage", "seconds", "share"],
        [[stage, f"{seconds:.0f}", f"{seconds / total:.0%}"] for stage, seconds in stages.items()],
    )


def _against_reference(records: list[dict[str, Any]]) -> Iterator[str]:
    yield "## The library against the procedure of the paper's authors"
    yield (
        f"{records[0]['date']}, {records[0]['machine']}; seconds of one thread of the processor, medians of "
        "alternating rounds (least and most), seconds on the wall after a slash. A round of extraction or evaluation "
        "is on a third of the prompts, distillation on all. End-to-end is three rounds of the first two and one "
        'distillation. "Evaluation, 2 cores" has seconds on the wall alone.\n'
    )
    header = ["models", "part", "library, s", "authors, s", "ratio", "validation KL, library / authors"]
    yield _table(header, [_comparison_row(record) for record in records])


def _comparison_row(record: dict[str, Any]) -> list[str]:
    seconds = []
    for side in ("ours", "reference"):
        spread = f" ({_range(record[f'{side}_spread'])})" if f"{side}_spread" in record else ""
        seconds.append(f"{record[f'{side}_seconds']:.2f}{spread} / {record[f'{side}_wall_seconds']:.2f}")
    row = [record["models"], record["name"], *seconds, f"{record['ratio']:.1f}"]
    if "validation_kl_ours" not in record:
        return [*row, ""]
    return [*row, f"{record['validation_kl_ours']:.4f} / {record['validation_kl_reference']:.4f}"]


def _solver(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Distillation: the solver against the best Adam"
    yield from _solver_rows(rows, "CPU seconds of one thread")


def _solver_on_gpu(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "## The same on a GPU"
    yield "Measured with an earlier solver, which also searched the map by Adam.\n"
    yield from _solver_rows(rows, "Seconds on the wall")


def _solver_rows(rows: list[dict[str, Any]], unit: str) -> Iterator[str]:
    yield (
        f"{unit}, set-up included. Adam's seconds are those until its best epoch, at its best rate with every "
        "row trained; those of the search are of all its rates. A search of fewer rows than V trains those of the "
        "teacher's first tokens.\n"
    )
    header = ["problem", "V, d", "positions", "KL before", "KL, library / Adam", "library, s", "Adam, s", "ratio"]
    yield _table(
        [
            *header,
            "its rate, epoch",
            "rates, rows searched",
            "search, s",
            "KL of the search",
            "search / library",
            "measured",
        ],
        [
            [
                *(row["problem"], f"{row['vocabulary']}, {row['width']}", row["positions"]),
                f"{row['validation_kl_before']:.4f}",
                f"{row['validation_kl_ours']:.5f} / {row['validation_kl_adam']:.5f}",
                *(f"{row['ours_seconds']:.1f}", f"{row['adam_seconds']:.1f}"),
                f"{row['adam_seconds'] / row['ours_seconds']:.1f}",
                f"{row['adam_rate']:g}, {row['adam_epoch']}",
                *(f"{len(row['search'])}, {row['searched_rows']}", f"{row['search_seconds']:.1f}"),
                f"{min(run['kl'] for run in row['search']):.5f}",
                f"{row['search_seconds'] / row['ours_seconds']:.1f}",
                f"{row['date']}, {row['machine']}",
            ]
            for row in rows
        ],
    )


def _scaling(records: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Extraction by number of prompts"
    yield f"{records[0]['date']}, {records[0]['machine']}.\n"
    yield _table(
        ["prompts", "µs per position", "peak memory, MB"],
        [
            [record["prompts"], f"{record['microseconds_per_position']:.1f}", f"{record['peak_megabytes']:.0f}"]
            for record in records
        ],
    )


def _gpu(record: dict[str, Any]) -> Iterator[str]:
    yield f"## {record['card'] or 'CPU'}, random weights in the shape of {record['shape']}"
    yield f"{record['date']}, {record['machine']}.\n"
    yield (
        f"Measured rates: {record['bfloat16_teraflops']:.3g} TFLOP/s (bfloat16 products), "
        f"{record['float32_teraflops']:.3g} TFLOP/s (float32 products, as TensorFloat-32), "
        f"{record['bandwidth_gigabytes']:.4g} GB/s.\n"
    )
    yield _table(
        ["work", "tokens", "seconds", "planned, s", "tokens/s", "peak memory, GB", "share of the measured rate"],
        [
            [
                *(row["what"], row["tokens"], f"{row['seconds']:.1f}", _or_none(row["planned_seconds"])),
                *(f"{row['tokens_a_second']:.4g}", _or_none(row["peak_gigabytes"])),
                f"{row['share']:.0%} of {row['of']}",
            ]
            for row in record["rows"]
        ],
    )


def _or_none(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _draws(record: dict[str, Any]) -> Iterator[str]:
    yield "## Statistics over draws"
    yield (
        f"{record['trials']} simulated studies ({record['trials_of_shares']} of recovered shares). A verdict over "
        "draws is false where the whole interval of the mean lies on one side of the true mean.\n"
    )
    header = ["draws", "number", "mean covered by the interval that decides", "by the t interval"]
    yield _table(
        [*header, "new draw covered by the prediction interval", "false verdicts, by direction"],
        [
            [
                *(study, draws.removesuffix(" draws"), f"{of['mean_covered']:.1%}", f"{of['mean_covered_by_t']:.1%}"),
                *(f"{of['new_draw_covered']:.1%}", f"{of['falsely_above']:.1%}, {of['falsely_below']:.1%}"),
            ]
            for study, by_number in record["studies"].items()
            for draws, of in by_number.items()
        ],
    )


SECTIONS = (
    Section("lab.json", "python -m bench.reproduction lab FOLDER --out bench/lab.json", _reproduction),
    Section("against_reference.json", "invoke bench --json bench/against_reference.json", _against_reference),
    Section("solver.json", "python -m bench.solver --traces FOLDER --out bench/solver.json", _solver),
    Section(
        "solver_gpu.json",
        "python -m bench.solver --device cuda --traces FOLDER --out bench/solver_gpu.json",
        _solver_on_gpu,
    ),
    Section("scaling.json", "python -m bench.scaling --out bench/scaling.json", _scaling),
    Section("draws.json", "python -m bench.draws --out bench/draws.json", _draws),
    Section("gpu.json", "python -m bench.gpu --out bench/gpu.json", _gpu),
)


def results_page(folder: Path) -> str:
    """Return the page of all records of a folder, as Markdown."""
    parts = ["# Benchmark results\n\nGenerated from the JSON records beside this file by `python -m bench.results`.\n"]
    for section in SECTIONS:
        if (folder / section.record).is_file():
            record = json.loads((folder / section.record).read_text(encoding="utf-8"))
            parts += section.render(record)
        else:
            parts.append(f"## {section.record}\n\nNot measured yet: `{section.command}`.\n")
    return "\n".join(parts)


def main() -> None:
    RESULTS.write_text(results_page(FOLDER), encoding="utf-8")
    print(RESULTS)


if __name__ == "__main__":
    main()
