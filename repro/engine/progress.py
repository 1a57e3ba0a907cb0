"""Draws the progress of a run: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

_SECONDS_BETWEEN_LINES = 10.0

Draw = Callable[[tuple[int, int], list[dict]], None]


@contextmanager
def drawn() -> Iterator[Draw]:
    """Yield what shows the progress: bars in a terminal, plain lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {"all steps": bars.add_task("all steps", total=None, left="")}

        def draw(steps: tuple[int, int], running: list[dict]) -> None:
            if steps[1]:
                bars.update(tasks["all steps"], completed=steps[0], total=steps[1])
            for step in running:
                what = step["what"]
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=step["total"], left="")
                done = step["done"] == step["total"]
                bars.update(tasks[what], completed=step["done"], left=step["left"], visible=not done)

        yield draw


def _lines() -> Draw:
    told: dict[str, float] = {}
    finished: set[str] = set()

    def draw(steps: tuple[int, int], running: list[dict]) -> None:
        now = time.monotonic()
        for step in running:
            what, done = step["what"], step["done"] == step["total"]
            if what in finished or (not done and now - told.get(what, -1e9) < _SECONDS_BETWEEN_LINES):
                continue
            told[what] = now
            if done:
                finished.add(what)
            ending = "done" if done else f"{step['done']} of {step['total']}, {step['left']}"
            print(f"[{steps[0]} of {steps[1] or '?'} steps] {what}: {ending}", flush=True)

    return draw
