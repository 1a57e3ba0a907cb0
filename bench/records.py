"""The records of benchmarks: when and where something was measured, as JSON that is printed and, on demand, written."""

from __future__ import annotations

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from superficial.files import atomic_write, expanded
from superficial.reporting.verify import machine


def date_and_machine() -> dict[str, str]:
    """Return today's date, and the processor, number of cores and version of torch."""
    this = machine()
    cores = len(os.sched_getaffinity(0))
    return {"date": date.today().isoformat(), "machine": f"{this['processor']}, {cores} cores, torch {this['torch']}"}


def argument_parser(documentation: str | None) -> argparse.ArgumentParser:
    """Return a parser of command-line arguments with `--out`, the file that the record is written to."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=expanded, help="write the record to this JSON file, too")
    return parser


def publish(record: Any, output: Path | None) -> None:
    """Print a record as JSON; write it to a file where one is given."""
    print(json.dumps(record, indent=1))
    write(record, output)


def write(record: Any, output: Path | None) -> None:
    """Write a record as JSON to a file where one is given."""
    if output:
        with atomic_write(output) as path:
            path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
