"""Progress of a long task: to a file for a reproduction, as lines for a user."""

import json

import pytest

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


def test_a_task_that_is_started_by_hand_prints_lines(monkeypatch, capsys):
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    with progress("training small", 2) as advance:
        advance(1)
        advance(1)
    lines = capsys.readouterr().err.splitlines()
    # The second report comes too soon after the first; the last is always shown.
    assert lines == ["training small: 0 of 2, ? left", "training small: 2 of 2, 0 s left"]
