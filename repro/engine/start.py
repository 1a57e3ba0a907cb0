"""Starts a stage: as a fork of the workflow's warm process (see warm.py), or plainly where there is none.

    python repro/engine/start.py repro.engine.stage train repro/profiles/lab.yaml results/lab --name small

Uses the standard library alone, so that it begins at once; ends with the stage's exit status.
"""

from __future__ import annotations

import json
import os
import socket
import sys

ADDRESS = "SUPERFICIAL_WARM"
BEGUN = b"b"
KILLED = 137


def main() -> None:
    command = sys.argv[1:]
    status = _forked(command)
    if status is None:
        os.execv(sys.executable, [sys.executable, "-m", *command])
    sys.exit(status)


def _forked(command: list[str]) -> int | None:
    """Return the exit status of a stage that the warm process ran; None where it began none."""
    request = {"command": command, "folder": os.getcwd(), "environment": dict(os.environ)}
    begun = False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ[ADDRESS])
            socket.send_fds(connection, [BEGUN], [sys.stdout.fileno(), sys.stderr.fileno()])
            connection.sendall(json.dumps(request).encode())
            connection.shutdown(socket.SHUT_WR)
            begun = connection.recv(1) == BEGUN
            status = connection.recv(1)
        except (KeyError, OSError):
            return KILLED if begun else None
    # Without a last word the stage was killed.
    return (status[0] if status else KILLED) if begun else None


if __name__ == "__main__":
    main()
