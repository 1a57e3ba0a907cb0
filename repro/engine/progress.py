"""Shows the progress of a run: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

_SECONDS_BETWEEN_LINES = 10.0

# Takes the numbers of finished and of all steps, and what each running step wrote by `superficial.progress`.
Update = Callable[[tuple[int, int], list[dict]], None]


@contextmanager
def progress_display() -> Iterator[Update]:
    """Yield a function that shows the progress: as bars in a terminal, as plain lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {"all steps": bars.add_task("all steps", total=None, left="")}

        def update(steps: tuple[int, int], running: list[dict]) -> None:
            if steps[1]:
                bars.update(tasks["all steps"], completed=steps[0], total=steps[1])
            for step in running:
                title = step["title"]
                if title not in tasks:
                    tasks[title] = bars.add_task(title, total=step["total"], left="")
                done = step["done"] == step["total"]
                bars.update(tasks[title], completed=step["done"], left=step["left"], visible=not done)

        yield update


def _lines() -> Update:
    printed_at: dict[str, float] = {}
    finished: set[str] = set()

    def update(steps: tuple[int, int], running: list[dict]) -> None:
        now = time.monotonic()
        for step in running:
            title, done = step["title"], step["done"] == step["total"]
            too_soon = now - printed_at.get(title, -1e9) < _SECONDS_BETWEEN_LINES
            if title in finished or (too_soon and not done):
                continue
            printed_at[title] = now
            if done:
                finished.add(title)
            state = "done" if done else f"{step['done']} of {step['total']}, {step['left']}"
            print(f"[{steps[0]} of {steps[1] or '?'} steps] {title}: {state}", flush=True)

    return update
