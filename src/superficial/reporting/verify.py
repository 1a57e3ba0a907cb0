"""Compares a run's numbers with the committed ones: exactly on their machine class, by their intervals elsewhere."""

from __future__ import annotations

import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from superficial.reporting.provenance import Records

MACHINE = "machine.json"
CLAIMS = "claims.json"
# On another machine class rounding takes a training elsewhere: a value may be off by so many half-widths of the
# expected interval, and by this much where the interval is narrower.
HALF_WIDTHS, LEAST = 2.0, 0.05
# Differences between values that are compared themselves.
_DERIVED = ("change", "difference")


def machine() -> dict[str, str]:
    """Return what decides whether numbers repeat to the bit: processor, its vector instructions, and torch."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    about = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    vectors = [flag for flag in about.get("flags", "").split() if flag.startswith(("avx", "amx", "fma"))]
    return {
        "architecture": platform.machine(),
        "processor": about.get("model name", "unknown"),
        "vectors": " ".join(sorted(vectors)),
        "torch": version("torch"),
    }


def _files(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for part in ("tables", "figures") for path in folder.glob(f"{part}/*.csv")
    )


def _check(results: Path, names: list[str]) -> None:
    records = Records(results)
    for name in names if records.all else ():
        records.check(Path(name))


def record(results: Path, expected: Path) -> None:
    """Make a run's numbers the expected ones: the CSV of every table and figure, the claims, and the machine.

    Raises:
        ValueError: where a file is not what its stage wrote.
    """
    names = [*_files(results), CLAIMS]
    _check(results, names)
    shutil.rmtree(expected, ignore_errors=True)
    for name in names:
        (expected / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / name, expected / name)
    (expected / MACHINE).write_text(json.dumps(machine(), indent=1) + "\n", encoding="utf-8")


def is_same_machine(expected: Path) -> bool:
    """Tell whether the expected numbers come from a machine like this one.

    Raises:
        FileNotFoundError: where there are none.
    """
    if not (expected / MACHINE).is_file():
        raise FileNotFoundError(f"There are no expected numbers in {expected}: `invoke verify --record` makes them.")
    return json.loads((expected / MACHINE).read_text(encoding="utf-8")) == machine()


def differences(results: Path, expected: Path, exact: bool) -> list[str]:
    """Return one sentence for each verdict, then for each number, that is not as expected.

    Args:
        results: the folder of a run.
        expected: what `record` wrote.
        exact: compare everything to the last digit; else estimates by their intervals and verdicts by name.

    Raises:
        ValueError: where a file is not what its stage wrote.
    """
    _check(results, [name for name in (*_files(expected), CLAIMS) if (results / name).is_file()])
    found = []
    for name in _files(expected):
        if not (results / name).is_file():
            found.append(f"{name} is missing")
            continue
        ours, theirs = (pd.read_csv(folder / name) for folder in (results, expected))
        found += [f"{name}: {one}" for one in (_exactly if exact else _by_interval)(ours, theirs)]
    ours, theirs = (json.loads((folder / CLAIMS).read_text(encoding="utf-8")) for folder in (results, expected))
    return _verdicts(ours, theirs) + found


def _exactly(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    if ours.shape != theirs.shape or list(ours.columns) != list(theirs.columns):
        return [f"{ours.shape[0]} rows of {list(ours.columns)} instead of {theirs.shape[0]} of {list(theirs.columns)}"]
    off = (ours != theirs) & ~(ours.isna() & theirs.isna())
    return [
        f"row {row + 1}, {column}: {ours[column][row]} instead of {theirs[column][row]}"
        for column in ours.columns
        for row in ours.index[off[column]]
    ]


def _estimates(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the columns that have an interval, each with the columns of its ends."""
    found = {}
    for column in table.columns.difference(_DERIVED):
        prefix = column.removesuffix("value") if column.endswith("value") else f"{column}_"
        if {f"{prefix}low", f"{prefix}high"} <= set(table.columns):
            found[column] = (f"{prefix}low", f"{prefix}high")
    return found


def _by_interval(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    columns = _estimates(theirs)
    key = [name for name in theirs.columns if not is_numeric_dtype(theirs[name]) or name in ("k", "position")]
    if not columns or not key:
        return []
    both = theirs.merge(ours, on=key, how="left", suffixes=("", " ours"), indicator=True)
    said = [
        f"there is no {', '.join(map(str, row))}" for row in both.loc[both["_merge"] == "left_only", key].to_numpy()
    ]
    for column, (low, high) in columns.items():
        allowed = (HALF_WIDTHS * (both[high] - both[low]) / 2).clip(lower=LEAST)
        off = (both[f"{column} ours"] - both[column]).abs() > allowed
        said += [
            f"{', '.join(str(row[name]) for name in key)}, {column}: {row[f'{column} ours']:.4g} instead of "
            f"{row[column]:.4g}, off by more than {allowed[number]:.2g}"
            for number, row in both[off].iterrows()
        ]
    return said


def _verdicts(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    found = {claim["id"]: claim for claim in ours}
    return [
        f"claim {claim['id']}, {kind.replace('_', ' ')}: {found[claim['id']].get(kind)} instead of {claim[kind]}"
        for claim in theirs
        for kind in ("verdict", "guarded_verdict")
        if kind in claim and found[claim["id"]].get(kind) != claim[kind]
    ]
