"""tables: recorded results -> every table as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import PAPER
from superficial.artifacts import TABLE
from superficial.config import Profile
from superficial.progress import progress
from superficial.reporting.results import Results
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table, table_names


def main(profile: Profile, out: Path, _: str) -> None:
    results = Results(out, profile, PAPER)
    names = table_names(profile)
    with progress("making the tables", len(names)) as advance:
        for name in names:
            write_table(make_table(results, name), TABLE.folder_in(out), name)
            advance(1)
