"""figure NAME: recorded results -> a figure as PDF and PNG, and the numbers it draws as CSV."""

from __future__ import annotations

from pathlib import Path

from stage import begin

from superficial.reporting.figures import write_figure
from superficial.reporting.results import Results


def main() -> None:
    profile, out, arguments = begin(__doc__, "name")
    write_figure(Results(out, profile, Path(__file__).parents[1] / "paper"), arguments.name, out / "figures")


if __name__ == "__main__":
    main()
