"""Runs the workflow of a profile. Users need not know Snakemake: the command that started a run also resumes it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repro.engine import slurm
from repro.engine.checks import LOCAL, SLURM
from repro.engine.failures import RESUME, explain_failure, last_line
from repro.engine.parts import parts_of, placed_calls, run_folder
from repro.engine.paths import PYTHON_PATH, ROOT
from repro.engine.processes import run_process
from repro.engine.progress import progress_display
from superficial.config import Profile
from superficial.config.draws import DRAW_FOLDERS
from superficial.files import remove_unfinished
from superficial.locks import lock
from superficial.reporting.provenance import Damage, find_damage

_SECONDS_BETWEEN_UPDATES = 0.5
# A killed run holds its folder until the last of its processes has ended.
_SECONDS_TO_END = 3.0


@contextmanager
def exclusive_run(folder: Path) -> Iterator[int]:
    """Lock a results folder for one run; yield the descriptor that holds the lock.

    Raises:
        ValueError: where another run has locked it.
    """
    deadline = time.monotonic() + _SECONDS_TO_END
    with (folder / ".lock").open("w") as file:
        while not lock(file, wait=False):
            if time.monotonic() > deadline:
                raise ValueError(f"A reproduction is already running in {folder}: wait for its end or stop it.")
            time.sleep(0.1)
        yield file.fileno()


def steps_to_run(name: str, jobs: int, draws: str = "") -> list[str]:
    """Return the steps that a run would take now, one line each, in no particular order.

    A damaged file is named instead of the steps that would write it again.

    Raises:
        ValueError: where Snakemake cannot plan the workflow.
    """
    damaged = [f"{damage.message}, it would be recreated" for damage in _damage(run_folder(name))]
    command = _command(name, draws, "--cores", str(jobs), "--dry-run")
    planned = subprocess.run(command, capture_output=True, text=True, env=_environment())
    output = planned.stderr + planned.stdout
    if planned.returncode:
        raise ValueError(f"The workflow cannot be planned: {last_line(output)}")
    steps = {placed.id: str(placed) for placed in placed_calls(name, draws)}
    rules = re.findall(r"^(?:local)?rule (\S+):$", output, flags=re.MULTILINE)
    return damaged + [f"would run: {steps[rule]}" for rule in rules if rule in steps]


def run(name: str, jobs: int, executor: str = LOCAL, draws: str = "") -> None:
    """Run the workflow to its end, here or on a cluster. Results that are current and undamaged are kept.

    Args:
        name: the name of a profile.
        jobs: how many steps run at a time.
        executor: `LOCAL` or `SLURM`.
        draws: which draws of a profile that has some.

    Raises:
        ValueError: where a step fails, or another run has locked the folder.
    """
    folder = run_folder(name)
    log = folder / "logs" / "workflow.log"
    options = slurm.options(jobs) if executor == SLURM else _local_options(parts_of(name, draws)[0].profile, jobs)
    with exclusive_run(folder) as held:
        # Jobs in a queue outlive a run that was killed.
        slurm.cancel(log)
        _clean(folder)
        try:
            # The workflow inherits the lock, since it may outlive this process.
            with run_process(_command(name, draws, *options), log, _environment(), keep_open=held) as workflow:
                _watch(workflow, folder, log)
        except KeyboardInterrupt:
            raise ValueError(f"Interrupted; {RESUME}.") from None
        finally:
            slurm.cancel(log)
        if workflow.returncode:
            raise ValueError(explain_failure(folder))


def _command(name: str, draws: str, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "repro" / "Snakefile")),
        # The name alone: Snakemake would parse a path as YAML.
        *("--directory", str(run_folder(name)), "--config", f"profile={name}", *([f"draws={draws}"] if draws else [])),
        *("--rerun-incomplete", "--nolock", "--nocolor"),
        # A file that was written again with the same content makes no other step run again.
        *("--max-checksum-file-size", "1TB"),
        *options,
    ]


def _environment() -> dict[str, str]:
    """Return the environment of the workflow, which imports this repository."""
    return os.environ | {"PYTHONPATH": PYTHON_PATH}


def _local_options(profile: Profile, jobs: int) -> list[str]:
    """Return Snakemake's options for a run on this machine: the number of steps at a time, and one step per GPU."""
    options = ["--cores", str(jobs)]
    if profile.sources:
        import torch

        # A batch is as large as the whole GPU allows.
        options += ["--resources", "gpu=1"] if torch.cuda.is_available() else []
    return options


def _folders(folder: Path) -> list[Path]:
    """Return the folders of a run that hold results of their own: that of the run, and one for each draw."""
    return [folder, *sorted(folder.glob(DRAW_FOLDERS))]


def _damage(folder: Path) -> Iterator[Damage]:
    for part in _folders(folder):
        yield from find_damage(part)


def _clean(folder: Path) -> None:
    """Remove what a killed run left behind, and every damaged file; print which."""
    remove_unfinished(folder)
    for part in _folders(folder):
        shutil.rmtree(part / "progress", ignore_errors=True)
        (part / "progress").mkdir()
    for damage in list(_damage(folder)):
        print(f"{damage.message}: it is recreated.", flush=True)
        for path in (damage.file, damage.record):
            path.unlink(missing_ok=True)


def _watch(workflow: subprocess.Popen, folder: Path, log: Path) -> None:
    with progress_display() as update:
        while workflow.poll() is None:
            update(_finished_steps(log), _running_steps(folder))
            time.sleep(_SECONDS_BETWEEN_UPDATES)
        update(_finished_steps(log), _running_steps(folder))


def _finished_steps(log: Path) -> tuple[int, int]:
    """Return how many steps have finished, and of how many."""
    counts = re.findall(r"(\d+) of (\d+) steps", log.read_text())
    return (int(counts[-1][0]), int(counts[-1][1])) if counts else (0, 0)


def _running_steps(folder: Path) -> list[dict]:
    steps = []
    for part in _folders(folder):
        for path in sorted((part / "progress").glob("*.json")):
            step = json.loads(path.read_text())
            of_draw = "" if part == folder else f"{part.name}: "
            steps.append(step | {"title": f"{of_draw}{step['title']}"})
    return steps
