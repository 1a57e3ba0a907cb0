"""Measures a full run of a profile from an empty results folder: time, peak memory, and how little a second run does.

    python -m bench.reproduction lab /tmp/results --out bench/lab.json

The results stay in the folder. What a change of the figure style would rerun is planned in a copy of the repository, so
that no file of it is edited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from bench.records import argument_parser, date_and_machine, publish
from repro.engine.paths import ROOT
from superficial.files import expanded
from superficial.reporting.figures.style import STYLE
from superficial.reporting.provenance import seconds_by_stage

SECONDS_BETWEEN_SAMPLES = 2


def reproduce(root: Path, results: Path, *arguments: str) -> tuple[float, float, str]:
    """Run `invoke reproduce-all` in a checkout.

    Args:
        root: the checkout.
        results: the results folder.
        arguments: further arguments of the task.

    Returns:
        Seconds, the peak memory of all processes together in gigabytes, and what was printed.
    """
    command = [sys.executable, "-m", "invoke", "reproduce-all", *arguments]
    # A copy's own library comes before the installed one.
    environment = os.environ | {"SUPERFICIAL_RESULTS": str(results), "PYTHONPATH": str(root / "src")}
    begin, peak = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as printed:
        process = psutil.Popen(command, cwd=root, env=environment, stdout=printed)
        while process.poll() is None:
            peak = max(peak, memory_in_use(process))
            # Sampling slows down the run that is measured.
            time.sleep(SECONDS_BETWEEN_SAMPLES)
        seconds = time.monotonic() - begin
        printed.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed.")
        return seconds, peak / 1e9, printed.read()


def memory_in_use(process: psutil.Process) -> int:
    """Return the bytes of a process and all its descendants; a page that several of them share counts once."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        # A process may end in the meantime.
        with suppress(psutil.Error):
            total += member.memory_full_info().pss
    return total


def plan_with_new_figure_style(profile: str, results: Path) -> list[str]:
    """Return what a dry run prints in a copy of the repository with another figure style."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "repository"
        tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
        for name in tracked:
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        with (copy / STYLE.relative_to(ROOT)).open("a") as style:
            style.write("# changed\n")
        _, _, printed = reproduce(copy, results, "--profile", profile, "--dry-run")
    return printed.splitlines()


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("profile", help="the profile to run")
    parser.add_argument("results", type=expanded, help="a folder for the results; it must not hold this profile's yet")
    arguments = parser.parse_args()
    profile, results = arguments.profile, arguments.results.absolute()
    if (results / profile).exists():
        parser.error(f"{results / profile} exists already; the measurement starts from nothing.")
    seconds, gigabytes, _ = reproduce(ROOT, results, "--profile", profile)
    seconds_again, _, _ = reproduce(ROOT, results, "--profile", profile)
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
    record = {
        "profile": profile,
        "commit": commit,
        **date_and_machine(),
        "seconds_from_nothing": round(seconds),
        "peak_gigabytes": round(gigabytes, 2),
        "seconds_of_a_second_call": round(seconds_again, 1),
        "seconds_by_stage": seconds_by_stage(results / profile),
        "steps_after_a_new_figure_style": plan_with_new_figure_style(profile, results),
    }
    publish(record, arguments.out)


if __name__ == "__main__":
    main()
