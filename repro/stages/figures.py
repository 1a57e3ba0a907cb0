"""figures: recorded results -> every figure as PDF, SVG and PNG, with the numbers it draws as CSV."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import PAPER
from superficial.artifacts import FIGURE
from superficial.config import Profile
from superficial.progress import progress
from superficial.reporting.figures.registry import figure_names, write_figure
from superficial.reporting.results import Results


def main(profile: Profile, out: Path, _: str) -> None:
    results = Results(out, profile, PAPER)
    names = figure_names(profile)
    with progress("drawing the figures", len(names)) as advance:
        for name in names:
            write_figure(results, name, FIGURE.folder_in(out))
            advance(1)
