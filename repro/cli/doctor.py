"""The checks of `invoke doctor`: what a profile needs, whether this machine has it, and how to get what is missing."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from huggingface_hub import get_token
from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table

from repro.engine.checks import cores
from repro.engine.disks import Disk, disks
from repro.engine.paths import ROOT, profile_file, results_folder
from superficial.config import Hub, Profile, load_profile
from superficial.config.judges import EndpointJudge
from superficial.downloads.failures import TOKEN_VARIABLE
from superficial.planning.plan import plan_calls
from superficial.planning.rates import GIGA, read_rates

LAB_MEMORY_GIGABYTES = 4
# The packages that results depend on most.
PACKAGES = ("torch", "transformers", "snakemake", "pandas", "scipy", "matplotlib")


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Attributes:
        name: what is checked.
        passed: whether it suffices.
        value: what this machine has.
        fix: what to do if it does not suffice.
    """

    name: str
    passed: bool
    value: str
    fix: str


def examine(profile_name: str) -> bool:
    """Print a table of all checks for a profile; return whether all of them passed."""
    checks = machine_checks(load_profile(profile_file(profile_name)))
    table = Table("", "check", "found", "to do")
    for check in checks:
        status = "[green]ok[/]" if check.passed else "[red]no[/]"
        table.add_row(status, check.name, check.value, "" if check.passed else check.fix)
    Console().print(table)
    return all(check.passed for check in checks)


def machine_checks(profile: Profile) -> list[Check]:
    """Return every check of this machine that matters for a profile."""
    results = results_folder(profile.name)
    folder = next(path for path in (results, *results.parents) if path.exists())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    needed = _needed_memory_gigabytes(profile)
    checks = [
        Check("Python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or later"),
        _packages(),
        Check("cores", cores() >= 1, str(cores()), ""),
        Check("memory", memory >= needed, f"{memory:.1f} GB", f"{needed:.0f} GB are needed"),
        *(_disk(disk) for disk in disks(profile)),
        Check("results folder", os.access(folder, os.W_OK), str(folder), "make it writable for this user"),
    ]
    if profile.needs_gpu:
        checks.append(_gpu())
    return checks + _keys(profile)


def _disk(disk: Disk) -> Check:
    value = f"{disk.free:.1f} GB free on the disk of {disk.folder}"
    return Check(f"disk of {disk.use}", disk.suffices, value, f"{disk.needed:.1f} GB are needed: {disk.way_out}")


def _packages() -> Check:
    locked, wrong = _locked_versions(), []
    for name in PACKAGES:
        try:
            # A local build such as 2.13.0+cpu is the same release.
            installed = version(name).split("+")[0]
        except PackageNotFoundError:
            installed = "nothing"
        if installed != (expected := locked.get(name, installed)):
            wrong.append(f"{name} {installed} instead of {expected}")
    return Check("packages", not wrong, ", ".join(wrong) or "as locked", "delete .venv and run `make test`")


def _locked_versions() -> dict[str, str]:
    """Return the version of each package that the lock file names for this machine."""
    lines = (ROOT / "requirements" / "lock.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    applicable = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in applicable}


def _needed_memory_gigabytes(profile: Profile) -> float:
    """Return the memory that a run needs: as planned for real models, as measured for the lab."""
    if not profile.sources:
        return LAB_MEMORY_GIGABYTES
    calls = plan_calls(profile, read_rates().assumptions)
    return max(LAB_MEMORY_GIGABYTES, max(call.host_bytes for call in calls) / GIGA)


def _gpu() -> Check:
    import torch

    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    value = ", ".join(names) or f"torch {torch.__version__} sees none"
    return Check("GPU", bool(names), value, "check that `nvidia-smi` shows one and that torch is built for it")


def _keys(profile: Profile) -> list[Check]:
    """Return whether each key is set that downloads and judges need. The keys themselves are never shown."""
    checks = []
    if any(isinstance(model, Hub) and model.repo for model in profile.models.values()):
        fix = f"set {TOKEN_VARIABLE} to a token of an account that has accepted the licences"
        checks.append(_key(f"{TOKEN_VARIABLE}, for gated models", bool(get_token()), fix))
    for name, judge in profile.all_judges().items():
        if isinstance(judge, EndpointJudge):
            fix = f"set it to a key for {judge.base_url}, or use a different judge in the profile"
            is_set = bool(os.environ.get(judge.key_variable))
            checks.append(_key(f"{judge.key_variable}, for judge {name}", is_set, fix))
    return checks


def _key(name: str, is_set: bool, fix: str) -> Check:
    return Check(name, is_set, "set" if is_set else "not set", fix)
