"""Runs the tests on mutants and planted faults, each in a copy of the repository (`invoke mutate`)."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro.engine.paths import ROOT

DRIVER = ROOT / "tests" / "mutation" / "mutants.py"


def outcomes(faults: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each fault, with whether its tests found it and by which failure, as soon as it was tested."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faults.json"
        file.write_text(json.dumps(faults), encoding="utf-8")
        command = [sys.executable, str(DRIVER), str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            yield from map(json.loads, process.stdout)
        if process.returncode:
            raise RuntimeError(f"The tests of planted faults ended with exit code {process.returncode}.")


def failures_without_a_fault(faults: list[dict[str, Any]]) -> list[str]:
    """Run the same tests on unchanged modules, and return what fails: then what they find means nothing."""
    tests = {tuple(fault["tests"]): fault["file"] for fault in faults}
    unchanged = [
        {"file": file, "tests": list(names), "mutated": (ROOT / file).read_text(encoding="utf-8")}
        for names, file in tests.items()
    ]
    return [f"{one['file']}: {one['by']}" for one in outcomes(unchanged) if one["found"]]
