"""The folder of a report while it is made: every finished part is kept, so that a killed report continues.

settings.json   what the report is of; a folder with other settings is refused
work/           finished parts, and the seconds that each step took; removed with the last step
head/           the head, where it was learned for the report
report.json     the numbers; positions.parquet: one row per held-out response position
index.html      the page, written last, with data/, figures/ and assets/
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from superficial.files import atomic_write, remove_unfinished
from superficial.json_files import read_json

SETTINGS, NUMBERS, POSITIONS, PAGE, HEAD = "settings.json", "report.json", "positions.parquet", "index.html", "head"
_PARTS, _SECONDS = "work", "seconds.json"


class Work:
    """The folder of a report, and how long each step of it took, over all processes that worked on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_new_or_begun(self) -> None:
        """Check that the folder does not exist, or is one of a report.

        Raises:
            ValueError: if it is anything else.
        """
        if self.folder.exists() and not (self.folder / SETTINGS).is_file():
            raise ValueError(f"{self.folder} exists already and is no report; name a new folder.")

    def begin(self, settings: dict[str, Any]) -> None:
        """Begin or continue a report with these settings.

        Raises:
            ValueError: if the folder is a report with other settings; the message names the first that differs.
        """
        file = self.folder / SETTINGS
        if file.is_file():
            begun = read_json(file)
            for name, value in settings.items():
                if begun.get(name) != value:
                    raise ValueError(
                        f"{self.folder} is a report with another {name}: {_short(begun.get(name))}, and this is "
                        f"{_short(value)}; name a new folder."
                    )
            remove_unfinished(self.folder)
        _write_json(file, settings)

    @property
    def is_finished(self) -> bool:
        """Tell whether the page is there."""
        return (self.folder / PAGE).is_file()

    def part(self, step: str, number: int, suffix: str) -> Path:
        """Return the file of a part of a step."""
        return self.folder / _PARTS / step / f"{number:05d}.{suffix}"

    def parts(self, step: str) -> Path:
        """Return the folder of the parts of a step."""
        return self.folder / _PARTS / step

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of the block to those of a step, if it ends without an error."""
        begin = time.monotonic()
        yield
        seconds = self.seconds()
        seconds[step] = seconds.get(step, 0.0) + time.monotonic() - begin
        _write_json(self.folder / _PARTS / _SECONDS, seconds)

    def seconds(self) -> dict[str, float]:
        """Return how long each step took."""
        file = self.folder / _PARTS / _SECONDS
        return read_json(file) if file.is_file() else {}

    def finish(self) -> None:
        """Remove the parts."""
        shutil.rmtree(self.folder / _PARTS, ignore_errors=True)


def _write_json(file: Path, content: dict[str, Any]) -> None:
    with atomic_write(file) as path:
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _short(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    weights = f" (weights {value['weights'][:16]})" if name and "weights" in value else ""
    return f"{name}{weights}" if name else str(value)[:20]
