"""Kills a running reproduction, and says what was finished and what was under way when it died."""

import json
import os
import random
import signal
import subprocess
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from repro.engine.processes import MARK
from superficial.files import sha256
from superficial.reporting.provenance import Record, read_record
from tests.support.commands import started


class Reproduction:
    """The smoke profile in a folder, killed and started again; `kills` are the calls it was killed in."""

    def __init__(self, results: Path, seconds: dict[str, float], seed: int) -> None:
        self.results, self.folder = results, results / "smoke"
        self.seconds = seconds
        self.random = random.Random(seed)
        self.kills: list[str] = []
        self.finished: dict[str, str] = {}

    def kill_once(self) -> bool:
        """Start the run and kill it in a call it was not yet killed in; return False where the run ended first."""
        begin = time.time()
        process = started(self.results, "reproduce-all", "--profile", "smoke")
        try:
            while process.poll() is None:
                fresh = [call for call in self._running(begin) if call not in self.kills]
                if fresh:
                    time.sleep(self.random.uniform(0, 2 + self.seconds[fresh[0]]))
                    break
                time.sleep(0.05)
            ended = process.poll()
        finally:
            kill_group(process, self.results)
        out, error = process.communicate()
        if ended is not None:
            assert ended == 0, error + out
            self._check_nothing_was_repeated()
            return False
        self.kills += [fresh[0]]
        print(f"kill {len(self.kills)}, in {fresh[0]}", flush=True)
        self._check_nothing_was_repeated()
        self.finished |= {call: record.started for call, record in self._booked().items()}
        return True

    def finish(self) -> None:
        """Let the run go to its end."""
        process = started(self.results, "reproduce-all", "--profile", "smoke")
        out, error = process.communicate()
        assert process.returncode == 0, error + out
        self._check_nothing_was_repeated()

    def truncate_newest(self, count: int) -> None:
        """Cut the files that were written last, as a power failure can."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.stat().st_size]
        for path in sorted(files, key=lambda path: path.stat().st_mtime)[-count:]:
            os.truncate(path, self.random.randrange(path.stat().st_size))
        # Which calls lost a file, their booking among them, may run again.
        self.finished = {call: at for call, at in self.finished.items() if self._is_whole(call)}

    def _running(self, since: float) -> list[str]:
        logs = self.folder / "logs"
        found = [path for path in logs.glob("*.log") if path.stem in self.seconds and path.stat().st_mtime > since]
        return [path.stem for path in sorted(found, key=lambda path: path.stat().st_mtime)]

    def _booked(self) -> dict[str, Record]:
        records = {path.stem: read_record(path) for path in (self.folder / "provenance").glob("*.json")}
        return {call: record for call, record in records.items() if not self._under_way(call, record)}

    def _under_way(self, call: str, record: Record) -> bool:
        marks = self.folder / ".snakemake" / "incomplete"
        return any((marks / _name(output)).exists() for output in (f"provenance/{call}.json", *record.outputs))

    def _is_whole(self, call: str) -> bool:
        try:
            record = read_record(self.folder / "provenance" / f"{call}.json")
            for output in (f"provenance/{call}.json", *record.outputs):
                booked = self.folder / ".snakemake" / "metadata" / _name(output)
                if booked.exists():
                    json.loads(booked.read_text())
            return all(sha256(self.folder / path) == digest for path, digest in record.outputs.items())
        except (ValueError, OSError):
            return False

    def _check_nothing_was_repeated(self) -> None:
        for call, at in self.finished.items():
            record = read_record(self.folder / "provenance" / f"{call}.json")
            assert record.started == at, f"{call} was finished and ran again"


def _name(output: str) -> str:
    return urlsafe_b64encode(output.encode()).decode()


def kill_group(process: subprocess.Popen, results: Path) -> None:
    """Kill a run and all it started, as a failing machine does, and wait until the last of them is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while of_runs(results) and time.monotonic() < deadline:
        time.sleep(0.1)


def of_runs(results: Path) -> list[str]:
    """The command lines of living processes that belong to runs in a results folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes().split(b"\0")
            status = (place / "stat").read_text().rpartition(")")[2].split()[0]
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        here = f"SUPERFICIAL_RESULTS={results}".encode() in environment
        if here and status != "Z" and any(part.startswith(f"{MARK}=".encode()) for part in environment):
            found.append(command)
    return found
