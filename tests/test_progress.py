"""Progress of a long task: to a file for a reproduction, as lines for a user."""

import json
from types import SimpleNamespace

import pytest

from superficial import progress as progress_module
from superficial.progress import FILE_VARIABLE, progress, time_left


@pytest.mark.parametrize(
    ("elapsed", "done", "text"),
    [(5, 0, "? left"), (10, 1, "30 s left"), (100, 1, "5 min 00 s left"), (10, 4, "0 s left")],
)
def test_the_time_left_is_at_the_mean_speed(elapsed, done, text):
    assert time_left(elapsed, done, 4) == text


def test_a_stage_writes_its_progress_to_the_file(tmp_path, monkeypatch, capsys):
    file = tmp_path / "progress.json"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    with progress("training small", 4) as advance:
        assert json.loads(file.read_text()) == {"title": "training small", "done": 0, "total": 4, "left": "? left"}
        advance(1)
        advance(3)
        assert json.loads(file.read_text()) == {"title": "training small", "done": 4, "total": 4, "left": "0 s left"}
    assert capsys.readouterr().err == ""


def test_a_task_that_is_started_by_hand_prints_a_line_every_five_seconds(monkeypatch, capsys):
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    clock = iter((100.0, 100.0, 104.9, 105.0, 106.0, 107.0))
    monkeypatch.setattr(progress_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with progress("training small", 4) as advance:
        for _ in range(4):
            advance(1)
    lines = capsys.readouterr().err.splitlines()
    # The first and third report come too soon after the one before them; the last is always shown.
    assert lines == [f"training small: {state} left" for state in ("0 of 4, ?", "2 of 4, 5 s", "4 of 4, 0 s")]
