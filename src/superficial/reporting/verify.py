"""Compares a run with the committed one: to the last digit on the same machine class, by intervals elsewhere.

Lab worlds are compared exactly everywhere.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from superficial import artifacts
from superficial.reporting.differences import compare_by_interval, compare_claims, compare_exactly, compare_fields
from superficial.reporting.draws import PublishedDraws
from superficial.reporting.provenance import Records
from superficial.reporting.world_digests import world_digests

MACHINE, WORLDS = "machine.json", "worlds.json"
# Each makes torch compute with other kernels than those for this processor, and so with other roundings.
KERNEL_VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
)
CLAIMS = artifacts.CLAIMS.of()
# Columns of speeds, which are those of the machine.
_OF_MACHINE = ("tokens_per_second", "tokens_per_second_alone")


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
    """Make a run the expected one: the CSV of every table and figure, the claims, digests of worlds, and the machine.

    Raises:
        ValueError: if a file is not what its stage wrote.
    """
    names = [*_csv_files(results), CLAIMS]
    _check_records(results, names)
    shutil.rmtree(expected, ignore_errors=True)
    for name in names:
        (expected / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / name, expected / name)
    for name, content in ((MACHINE, machine()), (WORLDS, world_digests(results))):
        (expected / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


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
    """Return one sentence for each file of a world, each claim, and then each number, that is not as expected.

    Args:
        results: the folder of a run.
        expected: the folder that `record` wrote.
        exact: compare everything to the last digit; otherwise compare estimates by their intervals, and worlds exactly.
        draws: where the run is one draw of those that are published: what a new draw is expected to give. A number
            that these have is compared with them instead, and the estimate of a claim instead of its verdict.

    Raises:
        ValueError: if a file is not what its stage wrote.
    """
    names = _csv_files(expected)
    _check_records(results, [name for name in (*names, CLAIMS) if (results / name).is_file()])

    def compare(name: str, table: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
        if exact:
            return compare_exactly(table, expected)
        return compare_by_interval(table, expected, draws.predicted(Path(name).stem) if draws else {})

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
    if exact:
        claims = compare_fields(now, before)
    else:
        claims = compare_claims(now, before, None if draws is None else draws.verdicts)
    return _compare_worlds(results, expected) + claims + messages


def _compare_worlds(results: Path, expected: Path) -> list[str]:
    digests, before = world_digests(results), json.loads((expected / WORLDS).read_text(encoding="utf-8"))
    return [
        f"{name} has another content, which is the same on every processor"
        for name in sorted(digests.keys() | before.keys())
        if digests.get(name) != before.get(name)
    ]
