"""Runs the workflow on a SLURM cluster: each stage call is a job, and all nodes share the results folder.

Settings of one cluster (account, partition, how to query jobs) belong in a Snakemake profile: the folder that the
variable SNAKEMAKE_PROFILE names.
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
from superficial.planning.plan import plan_calls
from superficial.planning.rates import read_rates

JOBS = 50
# Enough for every stage of the lab.
LAB = {"mem_mb": 4000, "runtime": 120, "gpu": 0}
# Plans are estimates, and a job that requests too little is killed: memory and time are requested with these factors.
_MEMORY_FACTOR, _TIME_FACTOR = 1.5, 4.0
_SECONDS_TO_END = 60.0


def requests_of(profile: Profile) -> Callable[[str, str], dict[str, int]]:
    """Return a function from a stage and a name to what its job requests: mem_mb (MB), runtime (minutes), gpu (cards).

    For real models they come from the plan; the time is that of the slowest known card with enough memory.
    """
    rates = read_rates()
    calls = plan_calls(profile, rates.assumptions) if profile.sources else []
    planned = {(call.stage, call.name): call for call in calls}

    def request(stage: str, name: str) -> dict[str, int]:
        call = planned.get((stage, name))
        if call is None:
            return LAB
        cards = [card for card in rates.cards.values() if card.memory_bytes >= call.card_bytes]
        seconds = max((call.seconds(card, rates.assumptions) for card in cards), default=0.0)
        return {
            "mem_mb": LAB["mem_mb"] + math.ceil(_MEMORY_FACTOR * call.host_bytes / 1e6),
            "runtime": LAB["runtime"] + math.ceil(_TIME_FACTOR * seconds / 60),
            "gpu": 1 if call.card_bytes else 0,
        }

    return request


def check() -> None:
    """Check that jobs can be submitted from this machine.

    Raises:
        ValueError: where SLURM's commands are missing.
    """
    for command in ("sbatch", "squeue", "scancel"):
        if shutil.which(command) is None:
            raise ValueError(
                f"--executor has the value 'slurm', and there is no {command} here: start on a login node."
            )


def options(jobs: int) -> list[str]:
    """Return Snakemake's options for a run on a cluster, with at most `jobs` stage calls in the queue at a time.

    Files may appear late on a shared disk, hence the latency; a job whose node fails is queued again.
    """
    return ["--executor", "slurm", "--jobs", str(jobs), "--latency-wait", "60", "--slurm-requeue"]


def cancel(log: Path) -> None:
    """Cancel the jobs of the run that wrote a log, and wait until the last one has ended."""
    if not log.is_file() or shutil.which("scancel") is None:
        return
    for run in re.findall(r"SLURM run ID: ([\w-]+)", log.read_text(encoding="utf-8", errors="replace")):
        subprocess.run(["scancel", "--name", run], capture_output=True, check=False)
        deadline = time.monotonic() + _SECONDS_TO_END
        while _queued(run) and time.monotonic() < deadline:
            time.sleep(0.5)


def _queued(run: str) -> bool:
    listing = subprocess.run(["squeue", "--noheader", "--name", run], capture_output=True, text=True, check=False)
    return bool(listing.stdout.strip())
