"""Compares a run's numbers with the committed ones: exactly on the same machine class, by their intervals elsewhere."""

from __future__ import annotations

import json
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from superficial import artifacts
from superficial.reporting.draws import PublishedDraws, number_names
from superficial.reporting.provenance import Records

MACHINE = "machine.json"
# Each makes torch compute with other kernels than those for this processor, and so with other roundings.
KERNEL_VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
)
CLAIMS = artifacts.CLAIMS.of()
# Rounding sends training elsewhere on another machine class. A value may then differ by this many half-widths of the
# expected interval, or by the least tolerance where the interval is narrower.
HALF_WIDTHS, LEAST_TOLERANCE = 2.0, 0.05
# Columns of speeds, which are those of the machine.
_OF_MACHINE = ("tokens_per_second", "tokens_per_second_alone")
# Columns that are differences between values which are compared themselves.
_DERIVED = ("change", "difference")


def machine() -> dict[str, str]:
    """Return what decides whether numbers repeat bit for bit: the processor, its vector instructions, and torch."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    processor = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    vectors = [flag for flag in processor.get("flags", "").split() if flag.startswith(("avx", "amx", "fma"))]
    return {
        "architecture": platform.machine(),
        "processor": processor.get("model name", "unknown"),
        "vectors": " ".join(sorted(vectors)),
        "torch": version("torch"),
    }


def _csv_files(folder: Path) -> list[str]:
    files = [*artifacts.TABLE.files_in(folder), *artifacts.FIGURE.files_in(folder)]
    return sorted(str(file.relative_to(folder)) for file in files if file.suffix == ".csv")


def _check_records(results: Path, names: list[str]) -> None:
    records = Records(results)
    for name in names if records.all else ():
        records.check(Path(name))


def record(results: Path, expected: Path) -> None:
    """Make a run's numbers the expected ones: the CSV of every table and figure, the claims, and the machine.

    Raises:
        ValueError: if a file is not what its stage wrote.
    """
    names = [*_csv_files(results), CLAIMS]
    _check_records(results, names)
    shutil.rmtree(expected, ignore_errors=True)
    for name in names:
        (expected / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / name, expected / name)
    (expected / MACHINE).write_text(json.dumps(machine(), indent=1) + "\n", encoding="utf-8")


def is_same_machine(expected: Path) -> bool:
    """Tell whether the expected numbers come from a machine of the same class as this one.

    With variables that choose other kernels, the same processor rounds as another one.

    Raises:
        FileNotFoundError: if there are no expected numbers.
    """
    if not (expected / MACHINE).is_file():
        raise FileNotFoundError(f"There are no expected numbers in {expected}: `invoke verify --record` makes them.")
    if any(name in os.environ for name in KERNEL_VARIABLES):
        return False
    return json.loads((expected / MACHINE).read_text(encoding="utf-8")) == machine()


def differences(results: Path, expected: Path, exact: bool, draws: PublishedDraws | None = None) -> list[str]:
    """Return one sentence for each verdict, and then for each number, that is not as expected.

    Args:
        results: the folder of a run.
        expected: the folder that `record` wrote.
        exact: compare everything to the last digit; otherwise compare estimates by their intervals.
        draws: where the run is one draw of those that are published: what a new draw is expected to give. A number
            that these have is compared with them instead, and the estimate of a claim instead of its verdict.

    Raises:
        ValueError: if a file is not what its stage wrote.
    """
    names = _csv_files(expected)
    _check_records(results, [name for name in (*names, CLAIMS) if (results / name).is_file()])

    def compare(name: str, table: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
        if exact:
            return _compare_exactly(table, expected)
        return _compare_by_interval(table, expected, draws.predicted(Path(name).stem) if draws else {})

    messages = []
    for name in names:
        if not (results / name).is_file():
            messages.append(f"{name} is missing")
            continue
        tables = (
            pd.read_csv(folder / name).drop(columns=[*_OF_MACHINE], errors="ignore") for folder in (results, expected)
        )
        messages += [f"{name}: {message}" for message in compare(name, *tables)]
    now, before = (json.loads((folder / CLAIMS).read_text(encoding="utf-8")) for folder in (results, expected))
    by_draws = draws.verdicts if draws and not exact else None
    return _compare_verdicts(now, before, by_draws) + messages


def _compare_exactly(table: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    columns, expected_columns = list(table.columns), list(expected.columns)
    if table.shape != expected.shape or columns != expected_columns:
        return [f"{len(table)} rows of {columns} instead of {len(expected)} of {expected_columns}"]
    differs = (table != expected) & ~(table.isna() & expected.isna())
    return [
        f"row {row + 1}, {column}: {table[column][row]} instead of {expected[column][row]}"
        for column in columns
        for row in table.index[differs[column]]
    ]


def _estimates(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the columns that have an interval, each with the columns of the interval's ends."""
    estimates = {}
    for column in table.columns.difference(_DERIVED):
        prefix = column.removesuffix("value") if column.endswith("value") else f"{column}_"
        if {f"{prefix}low", f"{prefix}high"} <= set(table.columns):
            estimates[column] = (f"{prefix}low", f"{prefix}high")
    return estimates


def _compare_by_interval(
    table: pd.DataFrame, expected: pd.DataFrame, predicted: dict[str, tuple[float, float]]
) -> list[str]:
    estimates = _estimates(expected)
    key = [name for name in expected.columns if not is_numeric_dtype(expected[name]) or name in ("k", "position")]
    if not estimates or not key:
        return []
    both = expected.merge(table, on=key, how="left", suffixes=("", " now"), indicator=True)
    is_missing = both["_merge"] == "left_only"

    def named(row: int) -> str:
        return ", ".join(map(str, both.loc[row, key]))

    messages = [f"there is no {named(row)}" for row in both.index[is_missing]]
    for column, (low, high) in estimates.items():
        now, before = both[f"{column} now"], both[column]
        tolerance = (HALF_WIDTHS * (both[high] - both[low]) / 2).fillna(0)
        # Of a value that the published draws have, the middle and the half-width are those of a new draw.
        names = number_names(expected, column) if predicted else [""] * len(both)
        middle = pd.Series([predicted.get(name, (value,))[0] for name, value in zip(names, before, strict=True)])
        tolerance = pd.Series([predicted.get(name, (0, wide))[1] for name, wide in zip(names, tolerance, strict=True)])
        tolerance = tolerance.clip(lower=LEAST_TOLERANCE)
        for row in both.index[(now - middle).abs() > tolerance]:
            difference = f"{now[row]:.4g} instead of {middle[row]:.4g}, off by more than {tolerance[row]:.2g}"
            messages.append(f"{named(row)}, {column}: {difference}")
        for row in both.index[now.isna() & before.notna() & ~is_missing]:
            messages.append(f"{named(row)}, {column}: no value instead of {before[row]:.4g}")
    return messages


def _compare_verdicts(
    claims: list[dict[str, Any]], expected: list[dict[str, Any]], draws: pd.DataFrame | None
) -> list[str]:
    by_id = {claim["id"]: claim for claim in claims}
    drawn = [] if draws is None else [row for row in draws.itertuples() if not np.isnan(row.prediction_low)]
    by_draws = {row.claim for row in drawn}
    return [
        f"claim {row.claim}, {row.quantity}: {value:.4g}, where a new draw is expected in "
        f"[{row.prediction_low:.4g}, {row.prediction_high:.4g}]"
        for row in drawn
        if row.claim in by_id and (value := _estimate(by_id[row.claim])) is not None
        if not row.prediction_low - LEAST_TOLERANCE <= value <= row.prediction_high + LEAST_TOLERANCE
    ] + [
        f"claim {claim['id']}, {kind.replace('_', ' ')}: {by_id[claim['id']].get(kind)} instead of {claim[kind]}"
        for claim in expected
        for kind in ("verdict", "guarded_verdict")
        if claim["id"] not in by_draws and kind in claim and by_id[claim["id"]].get(kind) != claim[kind]
    ]


def _estimate(claim: dict[str, Any]) -> float | None:
    """Return the estimate that stands for a claim; None where it is unknown."""
    return claim.get("estimate", {}).get("value")
