"""table NAME: recorded results -> a table as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path

from stage import begin

from superficial.reporting.results import Results
from superficial.reporting.tables import make_table, write_table


def main() -> None:
    profile, out, arguments = begin(__doc__, "name")
    results = Results(out, profile, Path(__file__).parents[1] / "paper")
    write_table(make_table(results, arguments.name), out / "tables", arguments.name)


if __name__ == "__main__":
    main()
