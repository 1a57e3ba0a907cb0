"""Reports how far a long task is and how much time is left.

A stage of a reproduction writes its progress to a file, which the reproduction displays. A task that is started by hand
prints plain lines.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from superficial.files import atomic_write

# The environment variable with the path of the file.
FILE_VARIABLE = "SUPERFICIAL_PROGRESS"
_SECONDS_BETWEEN_FILES = 0.5
_SECONDS_BETWEEN_LINES = 5.0


def time_left(elapsed_seconds: float, done: int, total: int) -> str:
    """Return the time left in words, at the mean speed so far; "? left" before anything is done."""
    if not done:
        return "? left"
    seconds = round(elapsed_seconds / done * (total - done))
    return f"{seconds // 60} min {seconds % 60:02d} s left" if seconds >= 60 else f"{seconds} s left"


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes how many more of `total` are done, and reports the progress.

    Args:
        title: what is done, such as "training small".
        total: how many parts the task has.
    """
    begin, done, reported_at = time.monotonic(), 0, 0.0
    file = os.environ.get(FILE_VARIABLE)
    interval = _SECONDS_BETWEEN_FILES if file else _SECONDS_BETWEEN_LINES

    def advance(count: int) -> None:
        nonlocal done, reported_at
        done += count
        now = time.monotonic()
        if now - reported_at < interval and done < total:
            return
        reported_at = now
        left = time_left(now - begin, done, total)
        if file:
            with atomic_write(Path(file)) as path:
                path.write_text(json.dumps({"title": title, "done": done, "total": total, "left": left}))
        else:
            print(f"{title}: {done} of {total}, {left}", file=sys.stderr, flush=True)

    advance(0)
    yield advance
