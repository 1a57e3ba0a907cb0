"""The disks that a run fills: that of the results, and that of the downloads, which may be one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants

from repro.engine.paths import results_folder
from superficial.config import Package, Profile
from superficial.models.package import checkpoint_folder
from superficial.planning.plan import plan_calls
from superficial.planning.rates import GIGA, read_rates


@dataclass(frozen=True)
class Disk:
    """A disk: what a run puts there, the folder, and gigabytes that are needed and that are free."""

    use: str
    folder: Path
    needed: float
    free: float

    @property
    def suffices(self) -> bool:
        """Tell whether there is enough space."""
        return self.free >= self.needed

    @property
    def way_out(self) -> str:
        """Return what to do where there is not."""
        places = {"results": "SUPERFICIAL_RESULTS", "downloads": "HF_HOME"}
        names = " or ".join(place for use, place in places.items() if use in self.use)
        return f"free some space, or set {names} to a folder on a larger disk"


def disks(profile: Profile) -> list[Disk]:
    """Return the disks of a profile's results and downloads, as one where they are on the same."""
    results, cache = _existing(results_folder(profile.name)), _existing(Path(constants.HF_HUB_CACHE))
    to_download = bytes_to_download(profile) / GIGA
    if not to_download:
        return [_disk("results", results, profile.disk_gigabytes)]
    if device(results) == device(cache):
        return [_disk("results and downloads", results, profile.disk_gigabytes + to_download)]
    return [_disk("results", results, profile.disk_gigabytes), _disk("downloads", cache, to_download)]


def bytes_to_download(profile: Profile) -> float:
    """Return how many bytes of checkpoints are not in the cache yet, by the plan."""
    if not profile.sources:
        return 0.0
    planned = sum(call.download_bytes for call in plan_calls(profile, read_rates().assumptions))
    folders = {
        Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}" / "blobs" for repo in _repositories(profile)
    }
    folders |= {checkpoint_folder(recipe) for recipe in profile.models.values() if isinstance(recipe, Package)}
    return max(0.0, planned - sum(_size(folder) for folder in folders))


def _repositories(profile: Profile) -> set[str]:
    checkpoints = [checkpoint for judge in profile.judges.values() for checkpoint in judge.checkpoints]
    found = {checkpoint.repo for checkpoint in checkpoints}
    found |= {getattr(recipe, "repo", None) for recipe in profile.models.values()}
    return {repo for repo in found if repo}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())


def device(folder: Path) -> int:
    """Return the number of a folder's disk."""
    return folder.stat().st_dev


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _disk(use: str, folder: Path, needed: float) -> Disk:
    return Disk(use, folder, needed, shutil.disk_usage(folder).free / GIGA)
