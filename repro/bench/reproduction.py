"""Measures a reproduction from an empty results folder: time, memory, what a second call and a new figure style cost.

    .venv/bin/python repro/bench/reproduction.py lab

It runs the profile twice, in two empty folders; the record goes to repro/bench/<profile>.json.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
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
            time.sleep(0.5)
        out.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        return time.monotonic() - begin, peak / 1e9, out.read()


def recorded(folder: Path) -> dict[str, bytes]:
    """Return every file a reader would quote."""
    files = [p for part in ("scores", "tables", "figures") for p in (folder / part).rglob("*") if p.is_file()]
    return {str(p.relative_to(folder)): p.read_bytes() for p in [folder / "claims.json", *files]}


def main() -> None:
    profile = sys.argv[1]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        seconds, gigabytes, _ = timed(Path(first), "reproduce-all", "--profile", profile)
        again, _, _ = timed(Path(first), "reproduce-all", "--profile", profile)
        style = STYLE.read_text()
        try:
            STYLE.write_text(style + "# changed\n")
            _, _, planned = timed(Path(first), "reproduce-all", "--profile", profile, "--dry-run")
        finally:
            STYLE.write_text(style)
        timed(Path(second), "reproduce-all", "--profile", profile)
        same = recorded(Path(first) / profile) == recorded(Path(second) / profile)
    record = {
        "profile": profile,
        "commit": subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip(),
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "seconds_from_nothing": round(seconds),
        "peak_gigabytes": round(gigabytes, 2),
        "seconds_of_a_second_call": round(again, 1),
        "steps_after_a_new_figure_style": planned.split("\n")[:-1],
        "two_runs_byte_identical": same,
    }
    text = json.dumps(record, indent=1)
    (ROOT / "repro" / "bench" / f"{profile}.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
