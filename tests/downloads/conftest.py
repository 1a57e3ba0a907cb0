"""A stand-in hub with one small model."""

import pytest

from repro.engine.rehearsal.hub import StandInHub, StandInRepository, serving
from tests.support.hub import write_model


@pytest.fixture
def hub(tmp_path):
    """The hub; its repository a/b is in `tmp_path / "published"`."""
    server = StandInHub({"a/b": StandInRepository(write_model(tmp_path / "published"))}, tmp_path / "addresses")
    with serving(server):
        yield server
