"""A stage runs as a fork of the warm process, or as a process of its own if there is no warm process."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from repro.engine.paths import ROOT
from repro.engine.start import ADDRESS
from repro.engine.warm import start_warm_process
from tests.support.commands import HANGING

STAGE = """
import os, signal, sys
print("torch" in sys.modules, os.getcwd(), os.environ.get("GREETING"), sys.argv[1:], flush=True)
print("aside", file=sys.stderr, flush=True)
if sys.argv[1] == "fail":
    raise ValueError("nothing to read")
if sys.argv[1] == "exit":
    sys.exit(7)
if sys.argv[1] == "wait":
    print(os.getpid(), flush=True)
    signal.pause()
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A folder with the module of a toy stage, which every process of these tests can import."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "toy_stage.py").write_text(STAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{folder}")
        yield folder


@pytest.fixture(scope="module")
def warm_process(modules):
    process = start_warm_process(threads=1)
    yield os.environ.pop(ADDRESS)
    process.stdin.close()
    assert process.wait(timeout=HANGING) == 0


@pytest.fixture
def stage(modules, tmp_path):
    def start(address, *arguments):
        command = [sys.executable, "-IS", str(ROOT / "repro" / "engine" / "start.py"), "toy_stage", *arguments]
        environment = os.environ | {"GREETING": "a 'word'"} | ({ADDRESS: address} if address else {})
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=pipe, stderr=pipe)

    return start


def test_a_fork_has_the_folder_environment_arguments_and_output_of_its_caller(warm_process, stage, tmp_path):
    process = stage(warm_process, "go", "{x} 'y'")
    out, error = process.communicate(timeout=HANGING)
    assert out.strip() == f"""True {tmp_path} a 'word' ['go', "{{x}} 'y'"]"""
    assert (error, process.returncode) == ("aside\n", 0)


@pytest.mark.parametrize("is_warm", [True, False])
def test_errors_and_exit_statuses_are_those_of_the_stage(warm_process, stage, is_warm):
    failing, exiting = (stage(warm_process if is_warm else None, argument) for argument in ("fail", "exit"))
    error = failing.communicate(timeout=HANGING)[1]
    assert error.strip().endswith("ValueError: nothing to read")
    assert failing.returncode == 1
    exiting.communicate(timeout=HANGING)
    assert exiting.returncode == 7


def test_a_killed_stage_is_reported_as_killed_and_the_next_one_runs(warm_process, stage):
    process = stage(warm_process, "wait")
    process.stdout.readline()
    os.kill(int(process.stdout.readline()), signal.SIGKILL)
    assert process.communicate(timeout=HANGING)[1] == "aside\n"
    assert process.returncode == 137
    assert stage(warm_process, "go").communicate(timeout=HANGING)[0].startswith("True")


def test_without_a_warm_process_a_stage_runs_as_a_process_of_its_own(stage, tmp_path):
    address = str(tmp_path / "warm")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        waiting = stage(address, "go")
        # The warm process accepts the request, and dies before it starts the stage.
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as request:
            assert b"toy_stage" in request.read()
    assert waiting.communicate(timeout=HANGING)[0].startswith("False")
    for unused in (address, str(tmp_path / "nowhere")):
        assert stage(unused, "go").communicate(timeout=HANGING)[0].startswith("False")


def test_a_killed_warm_process_starts_no_stage(stage):
    process = start_warm_process(threads=1)
    address = os.environ.pop(ADDRESS)
    process.kill()
    process.wait(timeout=HANGING)
    assert stage(address, "go").communicate(timeout=HANGING)[0].startswith("False")
