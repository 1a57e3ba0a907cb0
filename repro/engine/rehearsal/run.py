"""Rehearses profile paper on this machine: tiny random checkpoints, a few real questions, a judge on loopback.

Everything goes through the files and protocols that the real thing has; only the sizes differ, and no number means
anything. Started by `invoke rehearse`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlparse

from repro.engine import checks, paths
from repro.engine import run as reproduce
from superficial.config.external import EndpointJudge

PROFILE = "rehearsal"
FIXTURES = paths.ROOT / "tests" / "fixtures" / "questions"
# Real files, where this machine has them; the fixtures have the same formats.
DATA = paths.ROOT.parent / "shared" / "data"
KEY = "rehearsal-key"
_ROWS = {"train": 10, "test": 6}
_SECONDS_FOR_THE_PORT = 300.0


def _head_of(source: Path, target: Path, rows: slice) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".csv":
        import pandas as pd

        pd.read_csv(source, dtype=str, keep_default_na=False)[rows].to_csv(target, index=False)
    else:
        lines = [line for line in source.read_text(encoding="utf-8").split("\n") if line.strip()]
        target.write_text("\n".join(lines[rows]) + "\n", encoding="utf-8")


def write_questions(folder: Path) -> None:
    """Write a handful of questions of each benchmark as the files that a user would have."""
    for name in ("gsm/{}.jsonl", "advbench/{}.csv", "truthfulqa/{}.csv"):
        for split, count in _ROWS.items():
            here = name.format(split)
            _head_of((DATA if (DATA / here).is_file() else FIXTURES) / here, folder / here, slice(0, count))
    for name in ("hate_immigrant_1k", "hate_women_1k", "neutral_women_1k"):
        source = (DATA if (DATA / "toxigen").is_dir() else FIXTURES) / "toxigen" / f"{name}.txt"
        for split, rows in (("train", slice(0, 5)), ("test", slice(-3, None))):
            _head_of(source, folder / "toxigen" / split / f"{name}.txt", rows)
    for name in ("over_refusal.csv", "mmlu.jsonl", "lima.jsonl", "alpaca.json"):
        shutil.copyfile(FIXTURES / name, folder / name)


def grade(asked: str) -> str:
    """Return what the loopback judge says of one question: mostly a grade, at times none."""
    number = int(hashlib.sha256(asked.encode()).hexdigest(), 16)
    return "I would rather not say." if number % 7 == 0 else f"A reason.\nSCORE: {number % 5 + 1}"


class _Judge(BaseHTTPRequestHandler):
    asked: set[str] = set()  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body["messages"][-1]["content"]
        first = text not in self.asked
        self.asked.add(text)
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, {"error": {"message": "wrong key"}})
        elif first and len(self.asked) % 5 == 0:
            # As servers do under load: the client has to come again.
            self._answer(429 if len(self.asked) % 2 else 500, {"error": {"message": "later"}})
        else:
            self._answer(200, {"choices": [{"message": {"role": "assistant", "content": grade(text)}}]})

    def _answer(self, status: int, content: dict) -> None:
        sent = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def judge_on_loopback(port: int) -> Iterator[int]:
    """Serve an OpenAI-compatible judge on a port of this machine (0: any); yield the port.

    Raises:
        ValueError: where the port stays taken.
    """
    until = time.monotonic() + _SECONDS_FOR_THE_PORT
    while True:
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), _Judge)
            break
        except OSError as error:
            # Another rehearsal has it.
            if time.monotonic() > until:
                raise ValueError(f"Port {port} is taken: {error.strerror}.") from error
            time.sleep(1)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def rehearse(jobs: int) -> None:
    """Make what the rehearsal reads, start its judge, and run the whole workflow.

    Raises:
        ValueError: where a stage fails.
    """
    from repro.engine.rehearsal.peers import write_checkpoints

    profile, folder = checks.prepare(PROFILE, jobs), paths.results_folder(PROFILE)
    checks.check_machine(profile)
    judge = profile.judges["harm"]
    assert isinstance(judge, EndpointJudge), "the rehearsal's harm judge is an endpoint"
    if not (folder / "peers" / "done").is_file():
        write_questions(folder / "peers" / "data")
        write_checkpoints(folder / "peers", folder / "peers" / "data")
        (folder / "peers" / "done").touch()
    os.environ[judge.key_variable] = KEY
    with judge_on_loopback(int(urlparse(judge.base_url).port or 0)):
        reproduce.run(PROFILE, jobs)
