"""Says how far a long step is and how long it will still take.

A step of a reproduction writes to the file that the environment names, and the reproduction draws it; a step that
was started by hand prints plain lines.
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

FILE_VARIABLE = "SUPERFICIAL_PROGRESS"
_SECONDS_BETWEEN_FILES = 0.5
_SECONDS_BETWEEN_LINES = 5.0


def time_left(elapsed: float, done: int, total: int) -> str:
    """Return the time left in words, from the pace so far; "?" before there is one."""
    if not done:
        return "? left"
    seconds = round(elapsed / done * (total - done))
    return f"{seconds // 60} min {seconds % 60:02d} s left" if seconds >= 60 else f"{seconds} s left"


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told how many more of `total` are done."""
    begin, done, told = time.monotonic(), 0, 0.0
    file = os.environ.get(FILE_VARIABLE)

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        now = time.monotonic()
        if now - told < (_SECONDS_BETWEEN_FILES if file else _SECONDS_BETWEEN_LINES) and done < total:
            return
        told = now
        left = time_left(now - begin, done, total)
        if file:
            with atomic_write(Path(file)) as path:
                path.write_text(json.dumps({"what": what, "done": done, "total": total, "left": left}))
        else:
            print(f"{what}: {done} of {total}, {left}", file=sys.stderr, flush=True)

    advance(0)
    yield advance
