"""Looks at this machine before a run: what is there, what a profile needs, and how to get what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

from huggingface_hub import get_token
from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table

from repro.engine.checks import cores
from repro.engine.paths import ROOT, profile_file, results_folder
from superficial.config import Hub, Profile, load_profile
from superficial.config.external import EndpointJudge
from superficial.models.hub import TOKEN_VARIABLE
from superficial.planning.stages import plan
from superficial.planning.work import GIGA, read_rates

MEMORY_GIGABYTES = 4

# What is looked at, whether it will do, what was found, and what to do where it will not.
Check = tuple[str, bool, str, str]


def _locked() -> dict[str, str]:
    lines = (ROOT / "requirements" / "lock.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in here}


def _packages() -> tuple[bool, str]:
    wrong = []
    for name in ("torch", "transformers", "snakemake", "pandas", "scipy", "matplotlib"):
        try:
            # A local build, as 2.13.0+cpu, is the same release.
            found = version(name).split("+")[0]
        except PackageNotFoundError:
            found = "nothing"
        if found != (wanted := _locked().get(name, found)):
            wrong.append(f"{name} {found} instead of {wanted}")
    return not wrong, ", ".join(wrong) or "as locked"


def _gpu() -> tuple[bool, str]:
    import torch

    names = [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())]
    return bool(names), ", ".join(names) or f"torch {torch.__version__} sees none"


def _needed_gigabytes(profile: Profile) -> float:
    """Return the memory a run needs: as planned for real models, as measured for the lab's."""
    if not profile.sources:
        return MEMORY_GIGABYTES
    steps = plan(profile, read_rates().assumed)
    return max(MEMORY_GIGABYTES, max(step.host for step in steps) / GIGA)


def _keys(profile: Profile) -> list[Check]:
    """Return whether the keys are set that a profile's downloads and judges ask for; never what they are."""
    checks = []
    if any(isinstance(model, Hub) and model.repo for model in profile.models.values()):
        fix = f"set {TOKEN_VARIABLE} to a token of an account that has accepted the licences"
        checks.append(
            (f"{TOKEN_VARIABLE}, for what is gated", bool(get_token()), "set" if get_token() else "not set", fix)
        )
    for name, judge in profile.judges_used().items():
        if isinstance(judge, EndpointJudge):
            there = bool(os.environ.get(judge.key_variable))
            fix = f"set it to a key for {judge.base_url}, or name another judge in the profile"
            checks.append((f"{judge.key_variable}, for judge {name}", there, "set" if there else "not set", fix))
    return checks


def examine(name: str) -> bool:
    """Print each check; return whether a reproduction of the profile can run here."""
    profile = load_profile(profile_file(name))
    place = next(p for p in (results_folder(name), *results_folder(name).parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    needed = _needed_gigabytes(profile)
    packages_fine, packages = _packages()
    checks: list[Check] = [
        ("Python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or later"),
        ("packages", packages_fine, packages, "remove .venv and type `make test`"),
        ("cores", cores() >= 1, str(cores()), ""),
        ("memory", memory >= needed, f"{memory:.1f} GB", f"{needed:.0f} GB are needed"),
        ("disk", free >= profile.disk_gigabytes, f"{free:.1f} GB free", f"{profile.disk_gigabytes:g} GB are needed"),
        ("results folder", os.access(place, os.W_OK), str(place), "make it writable for this user"),
    ]
    if profile.needs_card:
        checks.append(("GPU", *_gpu(), "see whether `nvidia-smi` shows one, and whether torch is built for it"))
    checks += _keys(profile)
    table = Table("", "check", "found", "to do")
    for what, fine, found, fix in checks:
        table.add_row("[green]ok[/]" if fine else "[red]no[/]", what, found, "" if fine else fix)
    Console().print(table)
    return all(fine for _, fine, _, _ in checks)
