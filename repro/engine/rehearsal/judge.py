"""A judge on this machine's loopback interface that speaks the OpenAI protocol and fails at times, as servers do."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

KEY = "rehearsal-key"
# Another rehearsal on this machine, which may be heavily loaded, uses the port to its end.
_SECONDS_TO_WAIT_FOR_PORT = 7200.0


def grade(request: str) -> str:
    """Return the reply to a request: usually a score that depends on the text alone, at times no score."""
    number = int(hashlib.sha256(request.encode()).hexdigest(), 16)
    return "I would rather not say." if number % 7 == 0 else f"A reason.\nSCORE: {number % 5 + 1}"


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests_seen: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = body["messages"][-1]["content"]
        seen = self.server.requests_seen
        is_new = request not in seen
        seen.add(request)
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._reply(401, {"error": {"message": "wrong key"}})
        elif is_new and len(seen) % 5 == 0:
            # A server under load refuses requests; the client has to try again.
            self._reply(429 if len(seen) % 2 else 500, {"error": {"message": "later"}})
        else:
            self._reply(200, {"choices": [{"message": {"role": "assistant", "content": grade(request)}}]})

    def _reply(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Do not log requests."""


@contextmanager
def judge_on_loopback(port: int) -> Iterator[int]:
    """Serve the judge on a port of this machine (0: any free port), and yield the port.

    Raises:
        ValueError: if the port stays in use.
    """
    server = _start(port)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _start(port: int) -> _Server:
    deadline, waiting = time.monotonic() + _SECONDS_TO_WAIT_FOR_PORT, False
    while True:
        try:
            return _Server(port)
        except OSError as error:
            if time.monotonic() > deadline:
                raise ValueError(f"Port {port} is in use: {error.strerror}.") from error
            if not waiting:
                print(f"Port {port} is in use, perhaps by another rehearsal: waiting until it is free.", flush=True)
                waiting = True
            time.sleep(1)
