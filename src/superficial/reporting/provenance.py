"""Records of what each stage read, wrote and was, and whether files still are what a stage wrote.

A stage call leaves one JSON file in `provenance/` of the results folder; knows nothing about what the files mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, ValidationError

from superficial.files import atomic_write, sha256

FOLDER = "provenance"
AGAIN = "`invoke reproduce-all` makes it again"


class Code(BaseModel):
    """The version of a stage's code: the hash of its files and, where there is one, the commit checked out."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sha256: str
    commit: str | None
    changed_since_commit: bool | None


class Record(BaseModel):
    """One stage call. Paths are those of the results folder, `sources` those of the repository; hashes are SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: str
    name: str
    command: str
    started: str
    seconds: NonNegativeFloat
    profile_section: Any
    seeds: dict[str, int | list[int]]
    inputs: dict[str, str]
    sources: dict[str, str]
    outputs: dict[str, str]
    code: Code
    packages: dict[str, str]
    device: str
    threads: int
    deterministic: bool

    @property
    def call(self) -> str:
        """Return the stage and what it was called on, as `train small`."""
        return f"{self.stage} {self.name}".strip()


def record_file(folder: Path, stage: str, name: str) -> Path:
    """Return the file of a stage call's record in a results folder."""
    return folder / FOLDER / f"{'-'.join(part for part in (stage, name) if part)}.json"


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        ValueError: where it is no record.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"{path} is no record of a stage ({field}: {first['msg']}): {AGAIN}.") from error


def write_record(folder: Path, record: Record) -> None:
    """Write a record; earlier ones of other calls that claim a file it claims are removed."""
    own = record_file(folder, record.stage, record.name)
    for path in _files(folder):
        if path != own and not record.outputs.keys().isdisjoint(read_record(path).outputs):
            path.unlink()
    with atomic_write(own) as path:
        path.write_text(record.model_dump_json(indent=1), encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.json"))


class Records:
    """The records of a results folder, by the file a stage wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all = [read_record(path) for path in _files(folder)]
        self.of_output = {output: record for record in self.all for output in record.outputs}

    def check(self, path: Path) -> str:
        """Return the hash of a result file, given from the results folder on, that still is what a stage wrote.

        Raises:
            ValueError: where no stage has recorded it, or its content is another.
        """
        record = self.of_output.get(path.as_posix())
        if record is None:
            raise ValueError(f"No stage has recorded that it wrote {self.folder / path}: {AGAIN}.")
        file = self.folder / path
        found = sha256(file) if file.is_file() else "missing"
        if found != record.outputs[path.as_posix()]:
            raise ValueError(f"{file} is not what {record.call} wrote, its content is another: {AGAIN}.")
        return found

    def with_siblings(self, path: Path) -> list[Path]:
        """Return a file and what its stage wrote in the same folder or below: a checkpoint, a trace, a head."""
        record = self.of_output.get(path.as_posix())
        outputs = map(Path, record.outputs) if record else ()
        return sorted({path, *(output for output in outputs if output.is_relative_to(path.parent))})


def seconds_by_stage(folder: Path) -> dict[str, float]:
    """Return how long the calls of each stage of a run took together, in seconds, the longest stage first.

    Raises:
        ValueError: where a record can not be read.
    """
    seconds: dict[str, float] = {}
    for record in Records(folder).all:
        seconds[record.stage] = seconds.get(record.stage, 0.0) + record.seconds
    return dict(sorted(seconds.items(), key=lambda of: of[1], reverse=True))


@dataclass(frozen=True)
class Damage:
    """A file that is not what its stage wrote, or an unreadable record; `record` is the record's file."""

    file: Path
    record: Path
    said: str


def find_damage(folder: Path) -> Iterator[Damage]:
    """Yield every recorded file of a results folder whose content is not what was recorded, and unreadable records."""
    expected: list[tuple[Path, Path, str, str]] = []
    for path in _files(folder):
        try:
            record = read_record(path)
        except ValueError:
            yield Damage(path, path, f"{path.relative_to(folder)} is no record of a stage")
            continue
        expected += [(folder / output, path, record.call, digest) for output, digest in record.outputs.items()]

    def found(file: Path) -> str | None:
        return sha256(file) if file.is_file() else None

    # Hashing lets other threads run.
    with ThreadPoolExecutor() as pool:
        digests = pool.map(found, (file for file, *_ in expected))
        for (file, path, call, digest), now in zip(expected, digests, strict=True):
            if now != digest:
                state = "missing" if now is None else f"not what {call} wrote"
                yield Damage(file, path, f"{file.relative_to(folder)} is {state}")
