"""The disks that a run fills: what is downloaded counts where the hub library's cache is."""

import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants

from repro.engine import disks as disks_module
from repro.engine.disks import bytes_to_download, disks
from repro.engine.paths import profile_file
from superficial.config import load_profile

PAPER = load_profile(profile_file("paper"))


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Have two folders for results and downloads, with free gigabytes and the number of the disk by folder."""

    def have(results: tuple[int, int], cache: tuple[int, int]) -> None:
        places = {tmp_path / "results": results, tmp_path / "cache": cache}
        for place in places:
            place.mkdir(exist_ok=True)
        monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path / "results"))
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        free = {place: int(1e9 * gigabytes) for place, (gigabytes, _) in places.items()}
        monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, free[Path(path)]))
        monkeypatch.setattr(disks_module, "device", lambda path: places[path][1])

    return have


def test_each_disk_is_looked_at_and_named(machine):
    machine(results=(1000, 1), cache=(100, 2))
    results, downloads = disks(PAPER)
    assert (results.use, results.suffices) == ("results", True)
    assert (downloads.use, downloads.suffices) == ("downloads", False)
    assert downloads.way_out == "free some space, or set HF_HOME to a folder on a larger disk"
    assert 140 < downloads.needed < 160


def test_one_disk_must_hold_both(machine):
    machine(results=(400, 1), cache=(400, 1))
    (disk,) = disks(PAPER)
    assert not disk.suffices
    assert disk.needed == pytest.approx(PAPER.disk_gigabytes + bytes_to_download(PAPER) / 1e9)
    assert "SUPERFICIAL_RESULTS or HF_HOME" in disk.way_out


def test_what_is_in_the_cache_needs_no_space(machine, tmp_path):
    machine(results=(400, 1), cache=(400, 2))
    before = bytes_to_download(PAPER)
    blobs = tmp_path / "cache" / "models--meta-llama--Llama-2-7b-hf" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "0").write_bytes(b"0" * 1000)
    assert before - bytes_to_download(PAPER) == 1000


def test_the_lab_downloads_nothing(machine):
    machine(results=(400, 1), cache=(0, 2))
    assert [disk.use for disk in disks(load_profile(profile_file("lab")))] == ["results"]
