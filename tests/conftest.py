"""Finished runs at toy size, which several test files look at."""

import pytest
from running import invoke


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
