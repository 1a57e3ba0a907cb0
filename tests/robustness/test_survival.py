"""A run that is killed anywhere, loses its newest files or is interrupted resumes, and ends byte for byte the same."""

import os
import shutil
import signal
import time

import pytest

from superficial.reporting.provenance import Records
from tests.support.commands import invoke, result_files, start_invoke
from tests.support.interrupted_run import InterruptedRun, kill_run, run_processes

# Minutes each: kept out of the normal run.
pytestmark = pytest.mark.slow


def seconds_of(run) -> dict[str, float]:
    records = Records(run[0] / "smoke").all
    return {record.call.replace(" ", "-"): record.seconds for record in records}


def killed(run, results, seed: int, most: int, truncated: int = 0) -> list[str]:
    """Kill a run up to `most` times, in another call each time, let it end, and compare; return the calls."""
    reproduction = InterruptedRun(results, seconds_of(run), seed)
    for _ in range(most):
        if not reproduction.kill_once():
            break
        if truncated:
            reproduction.truncate_newest(truncated)
    reproduction.finish()
    assert result_files(results / "smoke") == result_files(run[0] / "smoke")
    assert not list((results / "smoke").rglob(".*.part")), "what a killed write left is still there"
    return reproduction.kills


def test_a_run_that_is_killed_or_loses_files_ends_the_same(run, tmp_path):
    # Begun where an undisturbed run has trained its models: the stages after that are many and short.
    shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    for part in ("traces", "heads", "measures", "scores", "tables", "figures"):
        shutil.rmtree(tmp_path / "smoke" / part)
    for path in (tmp_path / "smoke" / "provenance").glob("*.json"):
        if not path.stem.startswith(("world", "train")):
            path.unlink()
    (tmp_path / "smoke" / "claims.json").unlink()
    reproduction = InterruptedRun(tmp_path, seconds_of(run), seed=0)
    assert reproduction.kill_once()
    assert reproduction.kill_once()
    reproduction.truncate_newest(3)
    reproduction.finish()
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")
    trained = [Records(results / "smoke").by_output["models/small/config.json"] for results in (run[0], tmp_path)]
    assert trained[0] == trained[1], "a finished training ran again"


def test_twenty_kills_in_every_stage_end_byte_for_byte_the_same(run, tmp_path):
    calls: list[str] = []
    stages = {record.stage for record in Records(run[0] / "smoke").all}
    # One round kills nearly every call once; more follow until there are enough.
    for number in range(4):
        missing = stages - {call.split("-")[0] for call in calls}
        if len(calls) >= 20 and not missing:
            break
        calls += killed(run, tmp_path / str(number), seed=number, most=30 if missing else 20 - len(calls))
    assert len(calls) >= 20
    assert {call.split("-")[0] for call in calls} == stages


def test_power_failures_that_cut_the_newest_files_end_byte_for_byte_the_same(run, tmp_path):
    assert len(killed(run, tmp_path, seed=9, most=8, truncated=6)) >= 6


def wait_for_work(process, results) -> None:
    """Wait until a stage is at work: what is there from an earlier run is older."""
    begin = time.time()
    for _ in range(6000):
        told = list((results / "smoke" / "progress").glob("*.json"))
        if any(path.stat().st_mtime > begin for path in told) or process.poll() is not None:
            break
        time.sleep(0.1)
    assert process.poll() is None, "the run ended before it could be interrupted"


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGINT to invoke alone", "SIGTERM to invoke alone"])
def test_an_interrupted_run_says_so_and_leaves_no_process(run, tmp_path, way):
    # What a shell starts in the background ignores Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    for path in (tmp_path / "smoke" / "provenance" / "distil-small.json", tmp_path / "smoke" / "claims.json"):
        path.unlink()
    before = (tmp_path / "smoke" / "models" / "small" / "model.safetensors").read_bytes()
    process = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    try:
        wait_for_work(process, tmp_path)
        assert len(run_processes(tmp_path)) > 1
        if way == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGTERM if "SIGTERM" in way else signal.SIGINT)
        _, error = process.communicate(timeout=300)
    finally:
        kill_run(process, tmp_path)
    assert process.returncode == 2
    assert "Interrupted; rerun the same command to resume from the last finished step." in error
    assert "Traceback" not in error
    assert run_processes(tmp_path) == []
    assert (tmp_path / "smoke" / "models" / "small" / "model.safetensors").read_bytes() == before


def test_a_workflow_that_is_killed_alone_leaves_no_stage_at_work(run, tmp_path):
    process = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    try:
        wait_for_work(process, tmp_path)
        (snakemake,) = [pid for pid in _children(process.pid) if b"snakemake" in _command(pid)]
        os.kill(snakemake, signal.SIGKILL)
        _, error = process.communicate(timeout=300)
    finally:
        kill_run(process, tmp_path)
    assert process.returncode == 2
    assert "killed" in error
    assert run_processes(tmp_path) == []
    code, _, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    assert code == 0, error
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def _command(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
