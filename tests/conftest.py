"""Finished runs at toy size, which several test files look at."""

import os

import pytest

from tests.running import ROOT, invoke

# The suite is the same on every machine: what needs a card has a simulated one.
os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The results folder of an undisturbed run of profile smoke, and what it printed; not to be changed."""
    results = tmp_path_factory.mktemp("results")
    code, out, error = invoke(results, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    return results, out


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory):
    """The results folder of a rehearsal of profile paper, and what it printed; not to be changed."""
    results = tmp_path_factory.mktemp("rehearsal")
    code, out, error = invoke(results, "rehearse")
    assert code == 0, error + out
    return results / "rehearsal", out


@pytest.fixture(scope="session")
def peers(tmp_path_factory):
    """A folder of tiny random checkpoints: llama, llama-chat, mistral-instruct, qwen-instruct, toxicity, truth, ..."""
    from repro.engine.rehearsal.peers import write_checkpoints

    folder = tmp_path_factory.mktemp("peers")
    write_checkpoints(folder, ROOT / "tests" / "fixtures" / "questions")
    return folder
