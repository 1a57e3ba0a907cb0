"""draws SET: the verdicts and tables of its draws -> the tables and the figure over draws."""

from __future__ import annotations

from pathlib import Path

from superficial.artifacts import FIGURE, TABLE
from superficial.config import Profile
from superficial.progress import progress
from superficial.reporting import draws
from superficial.reporting.figures.registry import write_draws_figure
from superficial.reporting.table import write_table
from superficial.reporting.tables.draws import draws_tables


def main(profile: Profile, out: Path, of_set: str) -> None:
    with progress("reporting on the draws", 2) as advance:
        for name, table in draws_tables(out, profile, of_set).items():
            write_table(table, TABLE.folder_in(out), name)
        advance(1)
        write_draws_figure(draws.read_claims(out, profile, of_set), FIGURE.folder_in(out))
        advance(1)
