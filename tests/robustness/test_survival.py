"""A run that is killed, loses its newest files or is interrupted can be resumed, and its results are the same."""

import os
import shutil
import signal
import time

import pytest

from superficial.reporting.provenance import Records
from tests.support.commands import HANGING, invoke, result_files, start_invoke
from tests.support.interrupted_run import InterruptedRun, kill_run, run_processes

# They take minutes each.
pytestmark = pytest.mark.slow


def seconds_of(run) -> dict[str, float]:
    records = Records(run[0] / "smoke").all
    return {record.call.replace(" ", "-"): record.seconds for record in records}


def kill_and_compare(run, results, seed: int, max_kills: int, truncate: int = 0) -> list[str]:
    """Kill a run again and again, each time in a different call, let it finish, and compare the results.

    Args:
        run: an undisturbed run.
        results: a folder for the new run.
        seed: the seed of the times at which it is killed.
        max_kills: when to stop killing it.
        truncate: how many of the newest files to truncate after each kill.

    Returns:
        The calls that were running when it was killed.
    """
    interrupted = InterruptedRun(results, seconds_of(run), seed)
    for _ in range(max_kills):
        if not interrupted.kill_once():
            break
        if truncate:
            interrupted.truncate_newest(truncate)
    interrupted.finish()
    assert result_files(results / "smoke") == result_files(run[0] / "smoke")
    assert not list((results / "smoke").rglob(".*.part")), "a killed write left a partial file behind"
    return interrupted.kills


def test_a_run_that_is_killed_and_loses_files_ends_with_the_same_results(run, tmp_path):
    # It starts after the training: the later stages are many and short.
    shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    for part in ("traces", "heads", "measures", "scores", "tables", "figures"):
        shutil.rmtree(tmp_path / "smoke" / part)
    for path in (tmp_path / "smoke" / "provenance").glob("*.json"):
        if not path.stem.startswith(("world", "train")):
            path.unlink()
    (tmp_path / "smoke" / "claims.json").unlink()
    interrupted = InterruptedRun(tmp_path, seconds_of(run), seed=0)
    assert interrupted.kill_once()
    assert interrupted.kill_once()
    interrupted.truncate_newest(3)
    interrupted.finish()
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")
    trained = [Records(results / "smoke").by_output["models/small/config.json"] for results in (run[0], tmp_path)]
    assert trained[0] == trained[1], "a finished training ran twice"


def test_twenty_kills_in_all_stages_do_not_change_the_results(run, tmp_path):
    calls: list[str] = []
    stages = {record.stage for record in Records(run[0] / "smoke").all}
    # One round kills nearly every call once. More rounds follow until there are enough kills.
    for number in range(4):
        missing = stages - {call.split("-")[0] for call in calls}
        if len(calls) >= 20 and not missing:
            break
        calls += kill_and_compare(
            run, tmp_path / str(number), seed=number, max_kills=30 if missing else 20 - len(calls)
        )
    assert len(calls) >= 20
    assert {call.split("-")[0] for call in calls} == stages


def test_power_failures_that_truncate_files_do_not_change_the_results(run, tmp_path):
    assert len(kill_and_compare(run, tmp_path, seed=9, max_kills=8, truncate=6)) >= 6


def wait_for_progress(process, results) -> None:
    """Wait until a stage reports progress. Files of an earlier run are older."""
    begin = time.time()
    for _ in range(6000):
        reports = (results / "smoke" / "progress").glob("*.json")
        if any(path.stat().st_mtime > begin for path in reports) or process.poll() is not None:
            break
        time.sleep(0.1)
    assert process.poll() is None, "the run finished before it could be interrupted"


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGINT to invoke alone", "SIGTERM to invoke alone"])
def test_an_interrupted_run_reports_it_and_leaves_no_process(run, tmp_path, how):
    # A process that a shell started in the background ignores Ctrl-C, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    for path in (tmp_path / "smoke" / "provenance" / "distil-small.json", tmp_path / "smoke" / "claims.json"):
        path.unlink()
    before = (tmp_path / "smoke" / "models" / "small" / "model.safetensors").read_bytes()
    process = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    try:
        wait_for_progress(process, tmp_path)
        assert len(run_processes(tmp_path)) > 1
        if how == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGTERM if "SIGTERM" in how else signal.SIGINT)
        _, error = process.communicate(timeout=HANGING)
    finally:
        kill_run(process, tmp_path)
    assert process.returncode == 2
    assert "Interrupted; rerun the same command to resume from the last finished step." in error
    assert "Traceback" not in error
    assert run_processes(tmp_path) == []
    assert (tmp_path / "smoke" / "models" / "small" / "model.safetensors").read_bytes() == before


def test_a_killed_snakemake_leaves_no_running_stage(run, tmp_path):
    process = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    try:
        wait_for_progress(process, tmp_path)
        (snakemake,) = [pid for pid in _children(process.pid) if b"snakemake" in _command(pid)]
        os.kill(snakemake, signal.SIGKILL)
        _, error = process.communicate(timeout=HANGING)
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
