"""The lines that show a run's progress where there is no terminal, by a clock that the test sets."""

from types import SimpleNamespace

from repro.engine import progress


def test_a_step_has_a_line_every_ten_seconds_and_one_at_its_end(monkeypatch, capsys):
    clock = iter((0.0, 9.9, 10.1, 15.0, 15.1, 40.0))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with progress.progress_display() as update:
        for done in (0, 1, 2, 3, 4, 4):
            update((5, 60), [{"title": "training small", "done": done, "total": 4, "left": f"{4 - done} s left"}])
    assert capsys.readouterr().out.splitlines() == [
        "[5 of 60 steps] training small: 0 of 4, 4 s left",
        "[5 of 60 steps] training small: 2 of 4, 2 s left",
        "[5 of 60 steps] training small: done",
    ]


def test_steps_that_run_at_the_same_time_have_lines_of_their_own(monkeypatch, capsys):
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: 0.0))
    with progress.progress_display() as update:
        steps = [{"title": title, "done": 0, "total": 2, "left": "? left"} for title in ("training a", "training b")]
        update((0, 0), steps)
        update((0, 0), steps)
    assert capsys.readouterr().out.splitlines() == [
        "[0 of ? steps] training a: 0 of 2, ? left",
        "[0 of ? steps] training b: 0 of 2, ? left",
    ]
