"""A run that meets a limit of its machine says so in one sentence, loses nothing, and can be resumed."""

import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from repro.engine import checks
from repro.engine.failures import explain_failure
from repro.engine.paths import ROOT
from repro.engine.start import ADDRESS
from superficial.reporting.provenance import find_damage
from tests.support.commands import invoke, result_files, start_invoke
from tests.support.interrupted_run import kill_run

# They take a minute or more each.
pytestmark = pytest.mark.slow

ODD_NAME = "Ünïcode folder; $(touch pwned) `touch pwned` 'q' \"q\" & {world} #1 * %s"


@pytest.fixture
def copy(run, tmp_path) -> Path:
    return shutil.copytree(run[0] / "smoke", tmp_path / "smoke")


def without_a_head(folder: Path) -> Path:
    """Remove the results of one distillation, so that a run has something short to do."""
    for path in (folder / "provenance" / "distil-small.json", folder / "heads" / "small" / "head.safetensors"):
        path.unlink()
    return folder


def set_limit(kind: int, size: int):
    return lambda: resource.setrlimit(kind, (size, size))


def assert_refused(code: int, error: str, message: str) -> None:
    assert code == 2, error
    assert message in error
    assert "Traceback" not in error


def assert_nothing_is_lost(run, folder: Path) -> None:
    """Check that no recorded file is damaged, and that a rerun ends like an undisturbed run."""
    assert list(find_damage(folder)) == []
    code, out, error = invoke(folder.parent, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    assert result_files(folder) == result_files(run[0] / "smoke")
    assert not list(folder.rglob(".*.part"))


def test_a_file_size_limit_is_reported_and_nothing_is_lost(run, copy):
    without_a_head(copy)
    limit = set_limit(resource.RLIMIT_FSIZE, 60_000)
    code, _, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke", preexec_fn=limit)
    assert_refused(code, error, "a file grew beyond the limit of this shell (`ulimit -f`)")
    assert not (copy / "heads" / "small" / "head.safetensors").exists()
    assert_nothing_is_lost(run, copy)


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_reported_and_nothing_is_lost(run, small_disk):
    folder = without_a_head(shutil.copytree(run[0] / "smoke", small_disk / "smoke"))
    shutil.rmtree(folder / "progress")
    process = start_invoke(small_disk, "reproduce-all", "--profile", "smoke")
    # The run has started: the disk fills up while it is running.
    while not list((folder / "progress").glob("*.json")) and process.poll() is None:
        time.sleep(0.05)
    with (small_disk / "ballast").open("wb") as ballast, suppress(OSError):
        while True:
            ballast.write(b"0" * 100_000)
            ballast.flush()
    _, error = process.communicate()
    assert_refused(process.returncode, error, f"the disk of {folder} is full")
    (small_disk / "ballast").unlink()
    assert_nothing_is_lost(run, folder)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("score-superficial.lab.oracle.judge", "scores/Small/gsm.parquet"),
        ("traces-small", "traces/small/weights.safetensors"),
    ],
    ids=["scoring", "tracing"],
)
def test_a_disk_that_is_full_when_a_step_writes_loses_nothing(run, small_disk, tmp_path, monkeypatch, record, result):
    folder = shutil.copytree(run[0] / "smoke", small_disk / "smoke")
    for path in (folder / "provenance" / f"{record}.json", folder / result):
        path.unlink()
    before = {path: path.read_bytes() for path in (folder / "heads").rglob("*") if path.is_file()}
    # The workflow starts every step through bash: this one fills the disk first.
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "bash"
    fill = f"dd if=/dev/zero of='{small_disk}/ballast' bs=100k 2>/dev/null"
    wrapper.write_text(f'#!/bin/bash\n{fill}\nexec /bin/bash "$@"\n')
    wrapper.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        code, _, error = invoke(small_disk, "reproduce-all", "--profile", "smoke")
    assert_refused(code, error, f"the disk of {folder} is full. Free some space, then rerun the same command")
    assert (small_disk / "ballast").stat().st_size > 0
    assert not (folder / result).exists()
    assert {path: path.read_bytes() for path in before} == before
    (small_disk / "ballast").unlink()
    assert_nothing_is_lost(run, folder)


def test_a_disk_that_fills_up_during_a_step_is_reported(copy):
    log = copy / "logs" / "workflow.log"
    log.write_text("Error in rule distil:\n    log: logs/distil-small.log (check log file(s) for error details)\n")
    (copy / "logs" / "distil-small.log").write_text("OSError: [Errno 28] No space left on device\n")
    message = explain_failure(copy)
    assert message.startswith(f"distil-small failed: the disk of {copy} is full.")
    assert "rerun the same command to resume from the last finished step" in message


# Errors as torch prints them: the error itself, then general advice.
GPU_ERRORS = {
    "torch.AcceleratorError: CUDA error: unspecified launch failure\nSearch for `cudaErrorLaunchFailure' in its "
    "manual.\nCUDA kernel errors might be asynchronously reported at some other API call.\nFor debugging consider "
    "passing CUDA_LAUNCH_BLOCKING=1\n\nterminate called after throwing\n": "CUDA error: unspecified launch failure",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.11 GiB "
    "of which 4.50 MiB is free.\n": "CUDA out of memory",
}


@pytest.mark.parametrize("output", GPU_ERRORS, ids=GPU_ERRORS.values())
def test_a_gpu_that_fails_during_a_step_is_reported(copy, output):
    (copy / "logs" / "workflow.log").write_text("Error in rule trace:\n    log: logs/traces-7b.log (check log file)\n")
    (copy / "logs" / "traces-7b.log").write_text(f"Traceback (most recent call last):\n{output}")
    assert explain_failure(copy).startswith(
        f"traces-7b failed: its GPU failed ({GPU_ERRORS[output]}). Check that `nvidia"
    )


@pytest.mark.parametrize("output", ["", "Loading weights: 100%\n\nKilled\n"])
def test_a_job_that_the_cluster_killed_is_reported_with_its_log(copy, output):
    log = copy / "logs" / "workflow.log"
    log.write_text(
        "Error in rule distil:\n    log: logs/distil-small.log, /disk/slurm logs/7.log (check log file(s))\n"
    )
    (copy / "logs" / "distil-small.log").write_text(output)
    assert explain_failure(copy) == (
        "distil-small failed: its job on the cluster was killed or could not start; see /disk/slurm logs/7.log."
    )


def test_too_little_memory_is_refused_before_the_run(tmp_path):
    code, _, error = invoke(
        tmp_path, "reproduce-all", "--profile", "smoke", preexec_fn=set_limit(resource.RLIMIT_AS, 3_500_000_000)
    )
    assert_refused(code, error, "This shell allows a process 3.5 GB (`ulimit -v`); a reproduction needs at least 4 GB.")


# What the workflow's bash does before a step: the step has too little memory, or is killed after it wrote something.
NO_MEMORY = f"unset {ADDRESS}; ulimit -v 600000"
KILLED = "export SUPERFICIAL_PYTHON={folder}/killed"


@pytest.mark.parametrize("before_a_step", [NO_MEMORY, KILLED], ids=["no memory", "killed"])
def test_a_step_that_runs_out_of_memory_is_reported_and_nothing_is_lost(run, copy, before_a_step):
    without_a_head(copy)
    before = (copy / "models" / "small" / "model.safetensors").read_bytes()
    command = [str(Path(sys.executable).with_name("invoke")), "reproduce-all", "--profile", "smoke"]
    # Only the stage has the limit: the workflow starts it through this bash, and not as a fork of the warm process.
    scripts = {
        "bash": f'{before_a_step.format(folder=copy.parent)}\nexec /bin/bash "$@"',
        "killed": "echo 99%; kill -9 $$",
    }
    for name, script in scripts.items():
        (copy.parent / name).write_text(f"#!/bin/bash\n{script}\n")
        (copy.parent / name).chmod(0o755)
    environment = os.environ | {"SUPERFICIAL_RESULTS": str(copy.parent), "PATH": f"{copy.parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert_refused(done.returncode, done.stderr, "it ran out of memory or was killed")
    assert (copy / "models" / "small" / "model.safetensors").read_bytes() == before
    assert_nothing_is_lost(run, copy)


def test_a_results_folder_that_cannot_be_written_is_reported(tmp_path):
    # A file in place of a folder, and a file system that creates no folders.
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", Path("/proc/nothing")):
        code, _, error = invoke(folder, "reproduce-all", "--profile", "smoke")
        assert_refused(code, error, f"The results folder {folder / 'smoke'} cannot be written")


def test_finished_results_can_be_read_from_a_read_only_disk(run, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "--bind", str(run[0]), str(disk)], check=False).returncode:
        pytest.skip("this user may not mount a folder")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(disk)], check=True)
        code, out, error = invoke(disk, "claims", "--profile", "smoke")
        assert code == 0, error
        assert "C11" in out
        code, _, error = invoke(disk, "table", "1", "--profile", "smoke")
        assert_refused(code, error, "Read-only file system")
        code, _, error = invoke(disk, "reproduce-all", "--profile", "smoke")
        assert_refused(code, error, "cannot be written: Read-only file system")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_clock_that_was_set_back_causes_no_reruns(copy):
    """After the clock was set back, finished files seem to come from the future."""
    later = time.time() + 86_400
    for path in (copy / "models").rglob("*"):
        os.utime(path, (later, later))
    code, out, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke", "--dry-run")
    assert code == 0, error
    assert out.strip() == "nothing to do"


def test_the_results_folder_may_have_an_odd_name(run, tmp_path):
    results = tmp_path / ODD_NAME
    folder = shutil.copytree(run[0] / "smoke", results / "smoke")
    (folder / "provenance" / "claims.json").unlink()
    (folder / "claims.json").unlink()
    code, out, error = invoke(results, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    assert result_files(folder) == result_files(run[0] / "smoke")
    assert not list(tmp_path.rglob("pwned"))


def test_the_repository_and_the_results_folder_may_have_odd_names(run, tmp_path):
    root = tmp_path / f"{ODD_NAME} repository".replace("{world}", "")
    ignored = shutil.ignore_patterns(".git", ".venv", "results", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, root, ignore=ignored)
    environment = os.environ | {"SUPERFICIAL_RESULTS": str(tmp_path / ODD_NAME), "PYTHONPATH": str(root / "src")}
    command = [str(Path(sys.executable).with_name("invoke")), "reproduce-all", "--profile", "smoke"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert result_files(tmp_path / ODD_NAME / "smoke") == result_files(run[0] / "smoke")
    assert not list(tmp_path.rglob("pwned"))


def test_a_repository_with_braces_in_its_path_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "ROOT", tmp_path / "{world}")
    with pytest.raises(ValueError, match="reads braces in a path as wildcards"):
        checks.prepare("smoke", 1)


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_one_finishes(run, tmp_path):
    first = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    try:
        while not (tmp_path / "smoke" / "worlds").exists() and first.poll() is None:
            time.sleep(0.1)
        code, _, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke")
        assert_refused(code, error, "already running")
        assert first.communicate()[0]
        assert first.returncode == 0
    finally:
        kill_run(first, tmp_path)
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")
