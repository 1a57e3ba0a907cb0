"""The study of the intervals, as a module."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def study():
    file = Path(__file__).parents[2] / "bench" / "intervals.py"
    spec = importlib.util.spec_from_file_location("intervals_study", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
