"""The workflow on a SLURM cluster: each stage call is a job of its queue; all nodes see the results folder.

What differs from cluster to cluster (account, partition, how jobs are asked after) stands in a profile of Snakemake's,
a folder that SNAKEMAKE_PROFILE names.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from superficial.config import Profile
from superficial.planning.stages import plan
from superficial.planning.work import read_rates

JOBS = 50
# More than a stage of the lab ever takes.
LAB = {"mem_mb": 4000, "runtime": 120, "gpu": 0}
# A plan is an estimate: a job that asks for too little is killed.
_MEMORY, _TIME = 1.5, 4.0
_SECONDS_TO_END = 60.0


def requests_of(profile: Profile) -> Callable[[str, str], dict[str, int]]:
    """Return what a stage called on a name asks a queue for: mem_mb in MB, runtime in minutes, gpu in cards.

    For real models it is planned, the time on the slowest of the known cards that are large enough.
    """
    rates = read_rates()
    steps = {(step.stage, step.name): step for step in plan(profile, rates.assumed)} if profile.sources else {}

    def request(stage: str, name: str) -> dict[str, int]:
        step = steps.get((stage, name))
        if step is None:
            return LAB
        cards = [card for card in rates.cards.values() if card.memory_gigabytes * 1e9 >= step.card]
        seconds = max((step.seconds(card, rates.assumed) for card in cards), default=0.0)
        return {
            "mem_mb": LAB["mem_mb"] + math.ceil(_MEMORY * step.host / 1e6),
            "runtime": LAB["runtime"] + math.ceil(_TIME * seconds / 60),
            "gpu": 1 if step.card else 0,
        }

    return request


def check() -> None:
    """Check that jobs can be given to a queue from here.

    Raises:
        ValueError: where SLURM's commands are missing.
    """
    for command in ("sbatch", "squeue", "scancel"):
        if shutil.which(command) is None:
            raise ValueError(
                f"--executor has the value 'slurm', and there is no {command} here: start on a login node."
            )


def options(jobs: int) -> list[str]:
    """Return what tells Snakemake to give up to so many stage calls to the queue at a time.

    What a job wrote may show late on a shared disk; a job whose node fails is queued again.
    """
    return ["--executor", "slurm", "--jobs", str(jobs), "--latency-wait", "60", "--slurm-requeue"]


def cancel(log: Path) -> None:
    """Take the jobs of the run that wrote a log out of the queue, and wait until the last one at work has ended."""
    if not log.is_file() or shutil.which("scancel") is None:
        return
    for run in re.findall(r"SLURM run ID: ([\w-]+)", log.read_text(encoding="utf-8", errors="replace")):
        subprocess.run(["scancel", "--name", run], capture_output=True, check=False)
        deadline = time.monotonic() + _SECONDS_TO_END
        while _queued(run) and time.monotonic() < deadline:
            time.sleep(0.5)


def _queued(run: str) -> bool:
    found = subprocess.run(["squeue", "--noheader", "--name", run], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())
