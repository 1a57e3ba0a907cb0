"""Starts a module as a fork of the workflow's warm process (see warm.py), or as a new process where there is none.

    python repro/engine/start.py repro.engine.stage train repro/profiles/lab.yaml results/lab --name small

It uses only the standard library, so that it starts at once. Its exit status is that of the module.
"""

from __future__ import annotations

import json
import os
import socket
import sys

ADDRESS = "SUPERFICIAL_WARM"
STARTED = b"s"
KILLED = 137


def main() -> None:
    """Run the module that the command line names."""
    command = sys.argv[1:]
    status = _run_in_fork(command)
    if status is None:
        os.execv(sys.executable, [sys.executable, "-m", *command])
    sys.exit(status)


def _run_in_fork(command: list[str]) -> int | None:
    """Return the exit status of a fork of the warm process; None where no fork started."""
    request = {"command": command, "folder": os.getcwd(), "environment": dict(os.environ)}
    started = False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ[ADDRESS])
            socket.send_fds(connection, [STARTED], [sys.stdout.fileno(), sys.stderr.fileno()])
            connection.sendall(json.dumps(request).encode())
            connection.shutdown(socket.SHUT_WR)
            started = connection.recv(1) == STARTED
            status = connection.recv(1)
        except (KeyError, OSError):
            return KILLED if started else None
    # A fork that ended without sending its status was killed.
    return (status[0] if status else KILLED) if started else None


if __name__ == "__main__":
    main()
