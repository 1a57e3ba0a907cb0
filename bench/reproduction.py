"""Measures a reproduction from an empty results folder: time, memory, what a second call and a new figure style cost.

    .venv/bin/python bench/reproduction.py lab /tmp/one

The results are made, and stay, in the folder; the record goes to bench/<profile>.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from records import about

from superficial.reporting.provenance import seconds_by_stage

ROOT = Path(__file__).parents[1]
STYLE = ROOT / "src" / "superficial" / "reporting" / "style.mplstyle"


def timed(results: Path, *arguments: str) -> tuple[float, float, str]:
    """Run invoke; return seconds, the largest summed memory of all its processes in GB, and what it printed."""
    command = [str(Path(sys.executable).with_name("invoke")), *arguments]
    begin, peak = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as out:
        process = psutil.Popen(command, cwd=ROOT, env=os.environ | {"SUPERFICIAL_RESULTS": str(results)}, stdout=out)
        while process.poll() is None:
            used = 0
            for one in [process, *process.children(recursive=True)]:
                try:
                    # Proportional set size: pages that processes share count once.
                    used += one.memory_full_info().pss
                except psutil.Error:
                    continue
            peak = max(peak, used)
            # Looking costs the machine that is measured.
            time.sleep(2)
        out.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        return time.monotonic() - begin, peak / 1e9, out.read()


def main() -> None:
    profile, folder = sys.argv[1], Path(sys.argv[2])
    if (folder / profile).exists():
        sys.exit(f"{folder / profile} is there already: a reproduction is measured from nothing.")
    seconds, gigabytes, said = timed(folder, "reproduce-all", "--profile", profile)
    print(said.rstrip().rpartition("\n")[2])
    again, _, _ = timed(folder, "reproduce-all", "--profile", profile)
    style = STYLE.read_text()
    try:
        STYLE.write_text(style + "# changed\n")
        _, _, planned = timed(folder, "reproduce-all", "--profile", profile, "--dry-run")
    finally:
        STYLE.write_text(style)
    record = {
        "profile": profile,
        "commit": subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip(),
        **about(),
        "seconds_from_nothing": round(seconds),
        "peak_gigabytes": round(gigabytes, 2),
        "seconds_of_a_second_call": round(again, 1),
        "seconds_by_stage": seconds_by_stage(folder / profile),
        "steps_after_a_new_figure_style": planned.split("\n")[:-1],
    }
    text = json.dumps(record, indent=1)
    (ROOT / "bench" / f"{profile}.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
