"""Runs the workflow of a profile, and says in one sentence what went wrong.

Users need not know Snakemake: what was interrupted goes on when the same command is given again.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repro.engine import slurm
from repro.engine.paths import PROFILES, ROOT
from repro.engine.processes import started
from repro.engine.progress import drawn
from repro.workflow import calls
from superficial.config import Profile, load_profile
from superficial.files import remove_unfinished
from superficial.measures.scores import MEASURES
from superficial.reporting.provenance import find_damage

LOCAL, SLURM = "local", "slurm"
_FULL_BYTES = 1_000_000
# What a process may need to map; OpenBLAS, where it gets less while it is loaded, tries for ever.
_ADDRESS_GIGABYTES = 4
_SECONDS_BETWEEN_LOOKS = 0.5
# A run that was killed holds its folder until the last of its processes is gone.
_SECONDS_TO_DIE = 3.0


def profile_file(name: str) -> Path:
    """Return the file of a profile.

    Raises:
        ValueError: where there is none.
    """
    files = {path.stem: path for path in sorted(PROFILES.glob("*.yaml"))}
    if name not in files:
        raise ValueError(f"There is no profile {name!r} in profiles/; the profiles are: {', '.join(files)}.")
    return files[name]


def results_folder(name: str) -> Path:
    """Return where a profile's results are: under results/, or where SUPERFICIAL_RESULTS says."""
    return Path(os.environ.get("SUPERFICIAL_RESULTS", ROOT / "results")).absolute() / name


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare(name: str, jobs: int, executor: str = LOCAL) -> Profile:
    """Check what is asked for, and make the results folder.

    Raises:
        ValueError: one sentence on the first thing that is wrong.
    """
    if jobs < 1:
        raise ValueError(f"--jobs has the value {jobs}: at least 1 step must run at a time.")
    if executor not in (LOCAL, SLURM):
        raise ValueError(f"--executor has the value {executor!r}: it must be {LOCAL} or {SLURM}.")
    if executor == SLURM:
        slurm.check()
    if {"{", "}"} & set(str(ROOT)):
        raise ValueError(f"The repository is in {ROOT}: braces in its path are wildcards to Snakemake; move it.")
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if 0 <= allowed < _ADDRESS_GIGABYTES * 1e9:
        raise ValueError(
            f"This shell allows a process {allowed / 1e9:.1f} GB (`ulimit -v`); a reproduction needs at least "
            f"{_ADDRESS_GIGABYTES} GB."
        )
    profile, folder = load_profile(profile_file(name)), results_folder(name)
    for table, settings in profile.tables.items():
        for measure in settings.measures:
            if measure not in MEASURES:
                known = ", ".join(MEASURES)
                raise ValueError(f"Profile {name}: table {table} has the measure {measure!r}; there are {known}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("logs", "progress"):
            (folder / part).mkdir(exist_ok=True)
        probe = folder / "progress" / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(f"The results folder {folder} can not be written: {error.strerror}.") from error
    return profile


def check_machine(profile: Profile, executor: str = LOCAL) -> None:
    """Check that there is room for the results, and the GPU that the profile needs; a cluster's jobs find their own.

    Raises:
        ValueError: one sentence on what is missing.
    """
    folder = results_folder(profile.name)
    free = shutil.disk_usage(folder).free / 1e9
    if free < profile.disk_gigabytes:
        need = f"The results of profile {profile.name} need {profile.disk_gigabytes:g} GB in {folder}"
        raise ValueError(f"{need}; {free:.1f} GB are free.")
    if profile.needs_card and executor == LOCAL:
        # Its import takes seconds that other profiles need not wait.
        from superficial.models.device import require_card

        require_card()


@contextmanager
def only_run(folder: Path) -> Iterator[int]:
    """Hold the results folder for this run alone; yield the descriptor that keeps the hold.

    Raises:
        ValueError: where another run has it.
    """
    deadline = time.monotonic() + _SECONDS_TO_DIE
    with (folder / ".lock").open("w") as lock:
        while not _held(lock.fileno()):
            if time.monotonic() > deadline:
                raise ValueError(f"A reproduction is already running in {folder}: wait for its end or stop it.")
            time.sleep(0.1)
        yield lock.fileno()


def _held(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Return the environment of the workflow, whose own code is in this repository."""
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _command(name: str, *how: str) -> list[str]:
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "repro" / "Snakefile")),
        # The name alone: Snakemake would read signs of a path as YAML.
        *("--directory", str(results_folder(name)), "--config", f"profile={name}"),
        *("--rerun-incomplete", "--nolock", "--nocolor"),
        # What was made again and is the same, or only seems newer, makes nothing else run again.
        *("--max-checksum-file-size", "1TB"),
        *how,
    ]


def plan(name: str, jobs: int) -> list[str]:
    """Return the steps a reproduction would run now, in no particular order.

    A damaged file is named instead of the steps that would make it again.

    Raises:
        ValueError: where the workflow can not be planned.
    """
    damaged = [f"{damage.said}, it would be made again" for damage in find_damage(results_folder(name))]
    command = _command(name, "--cores", str(jobs), "--dry-run")
    found = subprocess.run(command, capture_output=True, text=True, env=_environment())
    if found.returncode:
        raise ValueError(f"The workflow can not be planned: {_last_line(found.stderr + found.stdout)}")
    by_rule = {call.id: f"{call.stage.name} {call.name}".strip() for call in calls(load_profile(profile_file(name)))}
    rules = re.findall(r"^(?:local)?rule (\S+):$", found.stdout + found.stderr, flags=re.MULTILINE)
    return damaged + [f"would run: {by_rule[rule]}" for rule in rules if rule in by_rule]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"^\w+(Error|Exception): ", "", lines[-1]) if lines else "it said nothing"


def _failure(folder: Path) -> str:
    """Return which step failed and the last thing it said, or what this machine lacks where that explains it."""
    log = folder / "logs" / "workflow.log"
    # On a cluster the log of the job stands behind that of the step.
    logs = r"Error in rule.*?log: (logs/\S+\.log)(?:, (\S.*?\.log))?"
    named = re.findall(logs, log.read_text(errors="replace"), flags=re.DOTALL)
    step = folder / named[0][0] if named else log
    who = f"{step.stem} failed" if named else "The workflow stopped"
    said = step.read_text(errors="replace") if step.is_file() else ""
    if shutil.disk_usage(folder).free < _FULL_BYTES or re.search(r"No space left|os error 28", said):
        return f"{who}: the disk of {folder} is full. Make room; the same command goes on from the last finished step."
    if re.search(r"File too large|os error 27", said):
        return f"{who}: a file grew beyond what this shell allows (`ulimit -f`); the same command goes on."
    if not said and named and named[0][1]:
        return f"{who}: its job on the cluster was killed, or could not begin; see {named[0][1]}."
    if gpu := re.search(r"Error: (CUDA [^.\n]*)", said):
        return (
            f"{who}: its GPU failed ({gpu[1]}). Does `nvidia-smi` show it, with memory to spare? The same command goes "
            f"on from the last finished step (all of it: {step})"
        )
    if not said or re.search(r"MemoryError|annot allocate memory|failed to map segment|bad_alloc|Out of memory", said):
        return (
            f"{who}: it ran out of memory or was killed. With --jobs 1 a run needs the least; the same command goes on "
            "from the last finished step."
        )
    return f"{who}: {_last_line(said)} (all of it: {step})"


def _local(profile: Profile, jobs: int) -> list[str]:
    """Return what tells Snakemake to run here: so many steps at a time, of those that ask for a GPU one."""
    options = ["--cores", str(jobs)]
    if profile.sources:
        import torch

        # Batches are as large as the whole GPU allows.
        options += ["--resources", "gpu=1"] if torch.cuda.is_available() else []
    return options


def run(name: str, jobs: int, executor: str = LOCAL) -> None:
    """Run the workflow to its end, here or on a cluster; what is finished, still current and undamaged is kept.

    Raises:
        ValueError: where a step fails, or another run holds the folder.
    """
    folder = results_folder(name)
    log = folder / "logs" / "workflow.log"
    how = slurm.options(jobs) if executor == SLURM else _local(load_profile(profile_file(name)), jobs)
    with only_run(folder) as lock:
        # Jobs in a queue outlive a run that was killed.
        slurm.cancel(log)
        _clear(folder)
        try:
            # The workflow inherits the hold: it outlives this process if only this one is killed.
            with started(_command(name, *how), log, _environment(), keep_open=lock) as workflow:
                _watch(workflow, folder, log)
        except KeyboardInterrupt:
            raise ValueError("Interrupted; the same command goes on from the last finished step.") from None
        finally:
            slurm.cancel(log)
        if workflow.returncode:
            raise ValueError(_failure(folder))


def _clear(folder: Path) -> None:
    """Remove what a killed run left behind, and every file that is not what its stage wrote, saying so."""
    remove_unfinished(folder)
    shutil.rmtree(folder / "progress")
    (folder / "progress").mkdir()
    for damage in list(find_damage(folder)):
        print(f"{damage.said}: it is made again.", flush=True)
        for path in (damage.file, damage.record):
            path.unlink(missing_ok=True)


def _watch(workflow: subprocess.Popen, folder: Path, log: Path) -> None:
    with drawn() as draw:
        while workflow.poll() is None:
            draw(_steps(log), _running(folder))
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        draw(_steps(log), _running(folder))


def _steps(log: Path) -> tuple[int, int]:
    counted = re.findall(r"(\d+) of (\d+) steps", log.read_text())
    return (int(counted[-1][0]), int(counted[-1][1])) if counted else (0, 0)


def _running(folder: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((folder / "progress").glob("*.json"))]
