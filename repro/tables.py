"""tables: recorded results -> every table as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path

from stage import begin

from superficial.progress import progress
from superficial.reporting.results import Results
from superficial.reporting.tables import make_table, table_names, write_table


def main() -> None:
    profile, out, _ = begin(__doc__)
    results = Results(out, profile, Path(__file__).parents[1] / "paper")
    names = table_names(profile)
    with progress("making the tables", len(names)) as advance:
        for name in names:
            write_table(make_table(results, name), out / "tables", name)
            advance(1)


if __name__ == "__main__":
    main()
