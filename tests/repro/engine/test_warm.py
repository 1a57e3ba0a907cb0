"""Stages as forks of a warm process: what start.py hands over, hands back, and does where there is no such process."""

import os
import signal
import subprocess
import sys
import time

import pytest

from repro.engine.paths import ROOT
from repro.engine.start import ADDRESS
from repro.engine.warm import start_warm_process

STAGE = """
import os, sys, time
print("torch" in sys.modules, os.getcwd(), os.environ.get("TOLD"), sys.argv[1:], flush=True)
print("aside", file=sys.stderr, flush=True)
if sys.argv[1] == "fail":
    raise ValueError("nothing to read")
if sys.argv[1] == "exit":
    sys.exit(7)
if sys.argv[1] == "wait":
    print(os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A folder with the module of a stage, on the path of every process that is started here."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "toy_stage.py").write_text(STAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{folder}")
        yield folder


@pytest.fixture(scope="module")
def warmed(modules):
    process = start_warm_process(threads=1)
    yield os.environ.pop(ADDRESS)
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.fixture
def stage(modules, tmp_path):
    def begin(address, *arguments):
        command = [sys.executable, "-IS", str(ROOT / "repro" / "engine" / "start.py"), "toy_stage", *arguments]
        told = os.environ | {"TOLD": "a 'word'"} | ({ADDRESS: address} if address else {})
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=tmp_path, env=told, text=True, stdout=pipe, stderr=pipe)

    return begin


def test_a_stage_is_a_fork_with_the_callers_folder_environment_arguments_and_output(warmed, stage, tmp_path):
    process = stage(warmed, "go", "{x} 'y'")
    out, error = process.communicate(timeout=60)
    assert out.strip() == f"""True {tmp_path} a 'word' ['go', "{{x}} 'y'"]"""
    assert (error, process.returncode) == ("aside\n", 0)


@pytest.mark.parametrize("there_is_one", [True, False])
def test_failures_and_exit_statuses_are_those_of_a_plain_call(warmed, stage, there_is_one):
    failing, leaving = (stage(warmed if there_is_one else None, way) for way in ("fail", "exit"))
    error = failing.communicate(timeout=60)[1]
    assert error.strip().endswith("ValueError: nothing to read")
    assert failing.returncode == 1
    leaving.communicate(timeout=60)
    assert leaving.returncode == 7


def test_a_killed_stage_ends_as_killed_and_the_next_one_runs(warmed, stage):
    process = stage(warmed, "wait")
    process.stdout.readline()
    os.kill(int(process.stdout.readline()), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 137
    assert stage(warmed, "go").communicate(timeout=60)[0].startswith("True")


def test_where_the_warm_process_is_gone_a_stage_runs_plainly(stage, tmp_path):
    gone = start_warm_process(threads=1)
    address = os.environ.pop(ADDRESS)
    # It takes the call, and dies before it has begun the stage.
    waiting = stage(address, "go")
    time.sleep(0.3)
    gone.kill()
    gone.wait()
    assert waiting.communicate(timeout=60)[0].startswith("False")
    assert stage(address, "go").communicate(timeout=60)[0].startswith("False")
    assert stage(str(tmp_path / "nowhere"), "go").communicate(timeout=60)[0].startswith("False")
