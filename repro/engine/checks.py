"""Checks before a run: its options, its results folder, and whether this machine can do it."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from repro.engine import slurm
from repro.engine.disks import disks
from repro.engine.parts import parts_of, run_folder
from repro.engine.paths import ROOT
from superficial.config import Profile
from superficial.measures.scores import MEASURES

LOCAL, SLURM = "local", "slurm"
# The address space that a process may need. OpenBLAS tries for ever to allocate more when it gets less.
_ADDRESS_SPACE_GIGABYTES = 4


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare(name: str, jobs: int, executor: str = LOCAL, draws: str = "") -> Profile:
    """Check the options of a run, read its profile, and create its results folder.

    Returns:
        the profile; of several draws the first one's, with the disk space that all of them need.

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
        raise ValueError(f"The repository is in {ROOT}: Snakemake reads braces in a path as wildcards; move it.")
    _check_address_space()
    parts = parts_of(name, draws)
    for part in parts:
        _check_measures(part.profile)
    folder = run_folder(name)
    for one in dict.fromkeys([folder, *(folder / part.folder for part in parts)]):
        _create_results_folder(one)
    profile = parts[0].profile
    return profile.model_copy(update={"disk_gigabytes": len(parts) * profile.disk_gigabytes})


def check_machine(profile: Profile, executor: str = LOCAL) -> None:
    """Check that there is the GPU that the profile needs, and disk space for results and downloads.

    On a cluster each job checks for its own GPU.

    Raises:
        ValueError: one sentence on what is missing.
    """
    if profile.needs_gpu and executor == LOCAL:
        # First: disk space is of no use to a run that cannot start. Imported here: torch takes seconds to load, and
        # other profiles do not need it.
        from superficial.models.device import require_gpu

        require_gpu()
    for disk in disks(profile):
        if not disk.suffices:
            raise ValueError(
                f"Profile {profile.name} needs {disk.needed:.1f} GB for {disk.use} on the disk of {disk.folder}, where "
                f"{disk.free:.1f} GB are free; {disk.way_out}."
            )


def _check_address_space() -> None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if 0 <= limit < _ADDRESS_SPACE_GIGABYTES * 1e9:
        raise ValueError(
            f"This shell allows a process {limit / 1e9:.1f} GB (`ulimit -v`); a reproduction needs at least "
            f"{_ADDRESS_SPACE_GIGABYTES} GB."
        )


def _check_measures(profile: Profile) -> None:
    for table, settings in profile.tables.items():
        for measure in settings.measures:
            if measure not in MEASURES:
                known = ", ".join(MEASURES)
                raise ValueError(
                    f"Profile {profile.name}: table {table} has the measure {measure!r}; the measures are {known}."
                )


def _create_results_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("logs", "progress"):
            (folder / name).mkdir(exist_ok=True)
        probe = folder / "progress" / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(f"The results folder {folder} cannot be written: {error.strerror}.") from error
