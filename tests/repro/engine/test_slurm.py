"""On a real SLURM cluster the workflow has the same results, even if its node or its starting process fails."""

import os
import signal
import time

import pytest

from tests.support.commands import HANGING, invoke, result_files, start_invoke
from tests.support.interrupted_run import kill_run
from tests.support.slurm_cluster import ClusterUnavailable, cluster, slurm_command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    try:
        with cluster(tmp_path_factory.mktemp("slurm")) as environment:
            yield environment
    except ClusterUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(autouse=True)
def on_the_cluster(slurm, monkeypatch):
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)


def jobs(slurm, state: str) -> list[str]:
    return slurm_command(slurm, "squeue", "--noheader", f"--states={state}", "--format=%i").split()


def wait_for(condition, seconds: float = HANGING) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_a_drained_node_and_a_failed_node_do_not_change_the_results(run, tmp_path, slurm):
    node = slurm_command(slurm, "sinfo", "--noheader", "--format=%N").strip()
    process = start_invoke(tmp_path, "reproduce-all", "--profile", "smoke", "--executor", "slurm", "--jobs", "4")
    try:
        wait_for(lambda: (tmp_path / "smoke" / "models" / "small").exists() or process.poll() is not None)
        slurm_command(slurm, "scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
        wait_for(lambda: not jobs(slurm, "running") and jobs(slurm, "pending"))
        assert process.poll() is None
        slurm_command(slurm, "scontrol", "update", f"nodename={node}", "state=resume")
        wait_for(lambda: jobs(slurm, "running") or process.poll() is not None)
        lost = jobs(slurm, "running")
        assert lost
        slurm_command(slurm, "scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        wait_for(lambda: not jobs(slurm, "running"))
        assert set(lost) <= set(jobs(slurm, "pending")), "the jobs are not queued again"
        slurm_command(slurm, "scontrol", "update", f"nodename={node}", "state=resume")
        out, error = process.communicate()
    finally:
        kill_run(process, tmp_path)
    assert process.returncode == 0, error + out
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")
    submitted = (tmp_path / "smoke" / "logs" / "workflow.log").read_text().count("has been submitted with SLURM jobid")
    assert submitted == len(list((tmp_path / "smoke" / "provenance").glob("*.json")))


def test_jobs_of_a_killed_and_of_an_interrupted_run_leave_the_queue(run, tmp_path, slurm):
    arguments = ("reproduce-all", "--profile", "smoke", "--executor", "slurm", "--jobs", "4")
    killed = start_invoke(tmp_path, *arguments)
    again = None
    try:
        wait_for(lambda: jobs(slurm, "running") or killed.poll() is not None)
        # Only the starting process dies, as on a login node: the jobs run elsewhere.
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        left = set(jobs(slurm, "running,pending"))
        assert left
        again = start_invoke(tmp_path, *arguments)
        wait_for(lambda: jobs(slurm, "running") and not left & set(jobs(slurm, "running,pending")))
        again.terminate()
        _, error = again.communicate(timeout=HANGING)
    finally:
        for process in (killed, again):
            if process:
                kill_run(process, tmp_path)
    assert again.returncode == 2
    assert "Interrupted" in error
    assert jobs(slurm, "running,pending") == []
    code, out, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    assert result_files(tmp_path / "smoke") == result_files(run[0] / "smoke")
