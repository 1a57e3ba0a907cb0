"""Records of what each stage call read and wrote, and checks that files still are what a stage wrote.

Each call leaves one JSON file in `provenance/` of the results folder. This module knows nothing about what files mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, ValidationError

from superficial.artifacts import RECORD
from superficial.files import atomic_write, sha256

REMEDY = "`invoke reproduce-all` recreates it"


class Code(BaseModel):
    """The version of a stage's code: the hash of its files and, in a Git repository, the commit."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sha256: str
    commit: str | None
    changed_since_commit: bool | None


class Record(BaseModel):
    """One stage call, with the SHA-256 of each file it read or wrote.

    `seconds` are those of the clock, `cpu_seconds` those of all cores; the latter are not in records of 0.1.0.
    Inputs and outputs are relative to the results folder, sources to the repository.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: str
    name: str
    command: str
    started: str
    seconds: NonNegativeFloat
    cpu_seconds: NonNegativeFloat | None = None
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
        """Return the stage and the name it was called on, such as `train small`."""
        return f"{self.stage} {self.name}".strip()


def record_file(folder: Path, stage: str, name: str) -> Path:
    """Return the file of a stage call's record in a results folder."""
    return folder / RECORD.of(call="-".join(part for part in (stage, name) if part))


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        ValueError: if it is not a record.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"{path} is not a record of a stage ({field}: {first['msg']}): {REMEDY}.") from error


def write_record(folder: Path, record: Record) -> None:
    """Write a record, and remove records of other calls that claim one of the same files."""
    own = record_file(folder, record.stage, record.name)
    for path in RECORD.files_in(folder):
        if path != own and not record.outputs.keys().isdisjoint(read_record(path).outputs):
            path.unlink()
    with atomic_write(own) as path:
        path.write_text(record.model_dump_json(indent=1), encoding="utf-8")


class Records:
    """All records of a results folder; `by_output` finds the record of the call that wrote a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all = [read_record(path) for path in RECORD.files_in(folder)]
        self.by_output = {output: record for record in self.all for output in record.outputs}

    def check(self, path: Path) -> str:
        """Return the hash of a result file, after checking that it still is what a stage wrote.

        Args:
            path: relative to the results folder.

        Raises:
            ValueError: if no stage has recorded the file, or its content has changed.
        """
        record = self.by_output.get(path.as_posix())
        if record is None:
            raise ValueError(f"No stage has recorded that it wrote {self.folder / path}: {REMEDY}.")
        file = self.folder / path
        digest = sha256(file) if file.is_file() else "missing"
        if digest != record.outputs[path.as_posix()]:
            raise ValueError(f"{file} is not what {record.call} wrote, its content has changed: {REMEDY}.")
        return digest

    def written_together(self, path: Path) -> list[Path]:
        """Return a file and all that its stage wrote in the same folder or below it, such as a whole checkpoint."""
        record = self.by_output.get(path.as_posix())
        outputs = map(Path, record.outputs) if record else ()
        return sorted({path, *(output for output in outputs if output.is_relative_to(path.parent))})


def seconds_by_stage(*folders: Path) -> dict[str, float]:
    """Return the total duration of each stage's calls in seconds over results folders, the longest first.

    Raises:
        ValueError: if a record cannot be read.
    """
    seconds: dict[str, float] = {}
    for record in (record for folder in folders for record in Records(folder).all):
        seconds[record.stage] = seconds.get(record.stage, 0.0) + record.seconds
    return dict(sorted(seconds.items(), key=lambda item: item[1], reverse=True))


@dataclass(frozen=True)
class Damage:
    """A file that is not what its stage wrote, or an unreadable record.

    Attributes:
        file: the damaged file.
        record: the file of its record; `file` itself where the record is unreadable.
        message: what is wrong, without a full stop.
    """

    file: Path
    record: Path
    message: str


def find_damage(folder: Path) -> Iterator[Damage]:
    """Yield every file of a results folder whose content is not as recorded, and every unreadable record."""
    recorded: list[tuple[Path, Path, str, str]] = []
    for path in RECORD.files_in(folder):
        try:
            record = read_record(path)
        except ValueError:
            yield Damage(path, path, f"{path.relative_to(folder)} is not a record of a stage")
            continue
        recorded += [(folder / output, path, record.call, digest) for output, digest in record.outputs.items()]

    # Hashing releases the interpreter lock, so threads run side by side.
    with ThreadPoolExecutor() as pool:
        digests = pool.map(_current_digest, (file for file, *_ in recorded))
        for (file, path, call, digest), current in zip(recorded, digests, strict=True):
            if current != digest:
                state = "missing" if current is None else f"not what {call} wrote"
                yield Damage(file, path, f"{file.relative_to(folder)} is {state}")


def _current_digest(file: Path) -> str | None:
    return sha256(file) if file.is_file() else None
