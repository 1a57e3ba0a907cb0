"""The processes of a run. Each carries the run's mark, so that all can be ended even when their parent has died."""

from __future__ import annotations

import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

MARK = "SUPERFICIAL_RUN"


@contextmanager
def run_process(
    command: list[str], log: Path, environment: dict[str, str], keep_open: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process; however the block ends, kill it and everything that it started.

    A killed stage leaves no partial file under its final name, and runs again. SIGTERM and SIGHUP interrupt the block
    like Ctrl-C.

    Args:
        command: the program and its arguments.
        log: the file for its output.
        environment: its environment variables.
        keep_open: a file descriptor that it inherits.
    """
    mark = uuid.uuid4().hex
    handlers = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with log.open("w") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[keep_open],
                env=environment | {MARK: mark},
            )
        yield process
    finally:
        _kill_marked(mark)
        process.wait()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _kill_marked(mark: str) -> None:
    """Kill every process of a run. All are suspended first, since a suspended process starts no other."""
    suspended: set[psutil.Process] = set()
    while new := set(_marked(mark)) - suspended:
        for process in new:
            _ignore_ended(process.suspend)
        suspended |= new
    for process in suspended:
        _ignore_ended(process.kill)
    psutil.wait_procs(list(suspended), timeout=5)


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def _ignore_ended(action: Callable[[], None]) -> None:
    """Call a method of a process that may have ended in the meantime."""
    with suppress(psutil.Error):
        action()
