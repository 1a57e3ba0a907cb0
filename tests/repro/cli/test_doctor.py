"""`invoke doctor` shows what a machine lacks for a profile and how to fix it, and never shows a key."""

import shutil
from importlib.metadata import version

import huggingface_hub
import pytest
import torch

from repro.cli import doctor
from tests.support.commands import CANARIES


@pytest.fixture
def examine(monkeypatch, tmp_path, capsys):
    """Examine a profile on a machine with a given disk, number of GPUs and keys; return the verdict and the output."""

    def run(profile: str, disk: float, gpus: int, keys: dict[str, str]) -> tuple[bool, str]:
        monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setenv("COLUMNS", "250")
        for name in CANARIES:
            monkeypatch.delenv(name, raising=False)
        for name, key in keys.items():
            monkeypatch.setenv(name, key)
        bytes_free = int(disk * 1e9)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(bytes_free, 0, bytes_free))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"Card {number}")
        monkeypatch.setattr(doctor.os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 16 * 2**20)
        return doctor.examine(profile), capsys.readouterr().out

    return run


def status_and_value(out: str, check: str) -> tuple[str, str]:
    (line,) = [line for line in out.splitlines() if f" {check}" in line]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    return cells[0], cells[2]


def test_a_machine_with_everything_a_profile_needs_passes(examine):
    passed, out = examine("paper", 600, 2, CANARIES)
    assert passed, out
    assert status_and_value(out, "GPU") == ("ok", "Card 0, Card 1")
    assert status_and_value(out, "HF_TOKEN, for gated models") == ("ok", "set")
    assert not [key for key in CANARIES.values() if key in out]


def test_everything_that_is_missing_is_named(examine):
    passed, out = examine("paper", 319, 0, {})
    assert not passed
    status, value = status_and_value(out, "disk of results and downloads")
    assert (status, value.split(" on ")[0]) == ("no", "319.0 GB free")
    assert status_and_value(out, "GPU") == ("no", f"torch {torch.__version__} sees none")
    assert status_and_value(out, "HF_TOKEN, for gated models") == ("no", "not set")
    assert status_and_value(out, "OPENAI_API_KEY, for judge harm") == ("no", "not set")
    assert "set it to a key for https://api.openai.com/v1, or use a different judge" in out


def test_the_lab_needs_neither_a_gpu_nor_a_key(examine):
    passed, out = examine("lab", 400, 0, {})
    assert passed, out
    assert "GPU" not in out
    assert "TOKEN" not in out


def test_a_package_of_a_different_version_is_named(examine, monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "scipy" else version(name))
    passed, out = examine("lab", 400, 0, {})
    assert not passed
    assert status_and_value(out, "packages") == ("no", f"scipy 0.1 instead of {version('scipy')}")
