"""Plants faults in a copy of the repository, one at a time, and runs the tests that should notice them.

A script of its own that imports nothing of the repository: each fault is tested in a process that forks from here, with
the packages that take long to import already imported, and imports the repository's modules from the copy.

    python tests/mutation/mutants.py FAULTS.json     # prints each fault as it is tested, with "found" and "by"

FAULTS.json is a list of objects with a file, its mutated text, the tests to run, and what else should be printed.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_IMPORTED_ONCE = (
    "torch",
    "transformers",
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "pydantic",
    "hypothesis",
    "jinja2",
)
# A fault that makes a test hang is found, too.
_CPU_SECONDS = 240
_OUTPUT = "output.txt"


def copy_repository(folder: Path) -> None:
    """Copy the tracked and the new files of the repository into a folder."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def first_failure(copy: Path, tests: list[str]) -> str | None:
    """Run tests in a copy of the repository until one fails; return which and why, or how they ended, or None."""
    process = os.fork()
    if process == 0:
        _run_tests(copy, tests)
    _, status = os.waitpid(process, 0)
    if status == 0:
        return None
    lines = (copy / _OUTPUT).read_text(encoding="utf-8", errors="replace").splitlines()
    failures = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    reasons = [line.removeprefix("E").strip() for line in lines if line.startswith("E   ")]
    ended = f"ended with {os.waitstatus_to_exitcode(status)} after: {''.join(lines[-1:])}"
    return ": ".join([*failures[:1], *reasons[:1]]) if failures else ended


def _run_tests(copy: Path, tests: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(copy)
    output = os.open(_OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.path[:0] = [str(copy / "src"), str(copy)]
    # For tests that start processes.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    sys.dont_write_bytecode = True
    import pytest

    code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(copy), *tests]))
    os._exit(code)


def main(faults: list[dict[str, Any]]) -> None:
    """Plant each fault, and print the list with what was found as it grows."""
    for name in _IMPORTED_ONCE:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_repository(copy)
        for fault in faults:
            path = copy / fault["file"]
            original = path.read_text(encoding="utf-8")
            path.write_text(fault["mutated"], encoding="utf-8")
            failure = first_failure(copy, fault["tests"])
            path.write_text(original, encoding="utf-8")
            known = {name: fault[name] for name in fault if name != "mutated"}
            print(json.dumps(known | {"found": failure is not None, "by": failure}), flush=True)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
