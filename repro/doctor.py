"""Looks at this machine before a run: what is there, what a profile needs, and how to get what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table

from repro.reproduce import ROOT, cores, profile_file, results_folder
from superficial.config import Profile, load_profile
from superficial.planning.stages import plan
from superficial.planning.work import GIGA, read_rates

MEMORY_GIGABYTES = 4


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
    steps = plan(profile, read_rates(ROOT / "repro" / "cards.yaml").assumed)
    return max(MEMORY_GIGABYTES, max(step.host for step in steps) / GIGA)


def examine(name: str) -> bool:
    """Print each check; return whether a reproduction of the profile can run here."""
    profile = load_profile(profile_file(name))
    place = next(p for p in (results_folder(name), *results_folder(name).parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    needed = _needed_gigabytes(profile)
    packages_fine, packages = _packages()
    checks = [
        ("Python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or later"),
        ("packages", packages_fine, packages, "remove .venv and type `make test`"),
        ("cores", cores() >= 1, str(cores()), ""),
        ("memory", memory >= needed, f"{memory:.1f} GB", f"{needed:.0f} GB are needed"),
        ("disk", free >= profile.disk_gigabytes, f"{free:.1f} GB free", f"{profile.disk_gigabytes:g} GB are needed"),
        ("results folder", os.access(place, os.W_OK), str(place), "make it writable for this user"),
    ]
    if profile.needs_card:
        checks.append(("GPU", *_gpu(), "see whether `nvidia-smi` shows one, and whether torch is built for it"))
    table = Table("", "check", "found", "to do")
    for what, fine, found, fix in checks:
        table.add_row("[green]ok[/]" if fine else "[red]no[/]", what, found, "" if fine else fix)
    Console().print(table)
    return all(fine for _, fine, _, _ in checks)
