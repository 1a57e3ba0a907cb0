"""A run of the workflow that is killed and restarted, with a check that no finished call runs twice."""

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
from tests.support.commands import HANGING, start_invoke


class InterruptedRun:
    """A run of profile smoke in a folder of its own.

    Attributes:
        kills: the calls that were running when the run was killed.
        finished: when each finished call had started.
    """

    def __init__(self, results: Path, seconds: dict[str, float], seed: int) -> None:
        """Prepare a run; `seconds` is how long each call usually takes."""
        self.results, self.folder = results, results / "smoke"
        self.seconds = seconds
        self.random = random.Random(seed)
        self.kills: list[str] = []
        self.finished: dict[str, str] = {}

    def kill_once(self) -> bool:
        """Start the run, and kill it during a call during which it was not killed before.

        Returns:
            False if the run finished before such a call began.
        """
        begin = time.time()
        process = start_invoke(self.results, "reproduce-all", "--profile", "smoke")
        try:
            while process.poll() is None:
                new = [call for call in self._running(begin) if call not in self.kills]
                if new:
                    time.sleep(self.random.uniform(0, 2 + self.seconds[new[0]]))
                    break
                time.sleep(0.05)
            status = process.poll()
        finally:
            kill_run(process, self.results)
        out, error = process.communicate()
        if status is not None:
            assert status == 0, error + out
            self._check_nothing_ran_twice()
            return False
        self.kills += [new[0]]
        print(f"kill {len(self.kills)}, in {new[0]}", flush=True)
        self._check_nothing_ran_twice()
        self.finished |= {call: record.started for call, record in self._finished_records().items()}
        return True

    def finish(self) -> None:
        """Let the run finish."""
        process = start_invoke(self.results, "reproduce-all", "--profile", "smoke")
        out, error = process.communicate()
        assert process.returncode == 0, error + out
        self._check_nothing_ran_twice()

    def truncate_newest(self, count: int) -> None:
        """Truncate the files that were written last, as a power failure may."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.stat().st_size]
        for path in sorted(files, key=lambda path: path.stat().st_mtime)[-count:]:
            os.truncate(path, self.random.randrange(path.stat().st_size))
        # A call may run again if one of its files is damaged, including Snakemake's notes about them.
        self.finished = {call: started for call, started in self.finished.items() if self._is_intact(call)}

    def _running(self, since: float) -> list[str]:
        logs = [path for path in (self.folder / "logs").glob("*.log") if path.stem in self.seconds]
        new = [path for path in logs if path.stat().st_mtime > since]
        return [path.stem for path in sorted(new, key=lambda path: path.stat().st_mtime)]

    def _finished_records(self) -> dict[str, Record]:
        records = {path.stem: read_record(path) for path in (self.folder / "provenance").glob("*.json")}
        return {call: record for call, record in records.items() if not self._is_incomplete(call, record)}

    def _is_incomplete(self, call: str, record: Record) -> bool:
        marks = self.folder / ".snakemake" / "incomplete"
        return any((marks / _snakemake_name(path)).exists() for path in _files_of(call, record))

    def _is_intact(self, call: str) -> bool:
        try:
            record = read_record(self.folder / "provenance" / f"{call}.json")
            for path in _files_of(call, record):
                metadata = self.folder / ".snakemake" / "metadata" / _snakemake_name(path)
                if metadata.exists():
                    json.loads(metadata.read_text())
            return all(sha256(self.folder / path) == digest for path, digest in record.outputs.items())
        except (ValueError, OSError):
            return False

    def _check_nothing_ran_twice(self) -> None:
        for call, started in self.finished.items():
            record = read_record(self.folder / "provenance" / f"{call}.json")
            assert record.started == started, f"{call} was finished and ran again"


def _files_of(call: str, record: Record) -> tuple[str, ...]:
    return (f"provenance/{call}.json", *record.outputs)


def _snakemake_name(path: str) -> str:
    """Return the name of the file in which Snakemake keeps its notes about an output."""
    return urlsafe_b64encode(path.encode()).decode()


def kill_run(process: subprocess.Popen, results: Path) -> None:
    """Kill a run and everything it started, as a machine failure does, and wait until all of it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + HANGING
    while run_processes(results):
        assert time.monotonic() < deadline, "a killed process is still there"
        time.sleep(0.1)


def run_processes(results: Path) -> list[str]:
    """The command lines of living processes that belong to runs in a results folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        belongs = f"SUPERFICIAL_RESULTS={results}".encode() in environment
        if belongs and state != "Z" and any(part.startswith(f"{MARK}=".encode()) for part in environment):
            commands.append(command)
    return commands
