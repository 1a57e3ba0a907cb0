"""The processes of a run: each carries the run's mark, so that none is left behind even where its parent has died."""

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
def started(
    command: list[str], log: Path, environment: dict[str, str], keep_open: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command whose words go to a log; when the block ends, however it does, nothing that it started lives on.

    They are killed, not asked: a stage that was killed leaves no file half written under its name, and runs again.
    SIGTERM and SIGHUP interrupt the block as Ctrl-C does.

    Args:
        command: the program and its arguments.
        log: where its output goes.
        environment: its environment variables.
        keep_open: a descriptor it inherits.
    """
    mark = uuid.uuid4().hex
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with log.open("w") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, pass_fds=[keep_open], env=environment | {MARK: mark}
            )
        yield process
    finally:
        _kill(mark)
        process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(mark: str) -> None:
    stopped: set[psutil.Process] = set()
    # One that is stopped starts no other.
    while new := set(_marked(mark)) - stopped:
        for process in new:
            _quietly(process.suspend)
        stopped |= new
    for process in stopped:
        _quietly(process.kill)
    psutil.wait_procs(list(stopped), timeout=5)


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def _quietly(action: Callable[[], None]) -> None:
    # It may have ended by itself.
    with suppress(psutil.Error):
        action()
