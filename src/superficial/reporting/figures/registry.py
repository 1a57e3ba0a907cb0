"""Every figure of a profile by name. A new figure is a module of this package and an entry of `FIGURES`.

Each figure is saved as PDF, SVG and PNG, with the numbers it draws as CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from superficial.config import Profile
from superficial.files import atomic_write
from superficial.reporting.draws import FIGURE, DrawnClaim
from superficial.reporting.figures import (
    draws,
    k_accuracy,
    k_cover_similarity,
    kl_by_position,
    sensitivity,
    shift_tokens,
)
from superficial.reporting.figures.style import STYLE
from superficial.reporting.results import Results

FORMATS = ("pdf", "svg", "png", "csv")


@dataclass(frozen=True)
class NamedFigure:
    """How a figure is drawn, its caption, its text for those who cannot see it, and which profiles have it.

    `in_paper` says what the paper's figure shows.
    """

    draw: Callable[[Results], tuple[Figure, pd.DataFrame]]
    caption: str
    alt: str
    in_paper: str
    applies_to: Callable[[Profile], bool] = lambda profile: True


def _has_sweep(profile: Profile) -> bool:
    return profile.sweep is not None


FIGURES = {
    "fig1-shift-tokens": NamedFigure(
        shift_tokens.draw,
        shift_tokens.CAPTION,
        shift_tokens.ALT,
        "Figure 1 of the paper has a sketch of the method and both word clouds, and prints no counts.",
    ),
    "fig2-kl-by-position": NamedFigure(
        kl_by_position.draw,
        kl_by_position.CAPTION,
        kl_by_position.ALT,
        "Figure 2 of the paper has both curves over 100 test samples: the KL is largest in the first ten positions, "
        "the head takes it near zero there, and later positions keep a rest.",
    ),
    "fig3-k-cover-similarity": NamedFigure(
        k_cover_similarity.draw,
        k_cover_similarity.CAPTION,
        k_cover_similarity.ALT,
        "Figure 3 of the paper has both curves for 7B and 13B: with k, the cover rate rises and the similarity falls.",
        _has_sweep,
    ),
    "fig4-k-accuracy": NamedFigure(
        k_accuracy.draw,
        k_accuracy.CAPTION,
        k_accuracy.ALT,
        "Figure 4 of the paper has both curves for a head of the 7B: they rise up to a k of about 500; beyond it, "
        "accuracy is flat on the 7B and falls on the 13B.",
        _has_sweep,
    ),
    "fig5-sensitivity": NamedFigure(
        sensitivity.draw,
        sensitivity.CAPTION,
        sensitivity.ALT,
        "The paper has no such figure.",
        lambda profile: profile.sensitivity is not None,
    ),
}


def figure_names(profile: Profile) -> list[str]:
    """Return the names of all figures of a profile."""
    return [name for name, figure in FIGURES.items() if figure.applies_to(profile)]


def full_name(short: str) -> str:
    """Return the full name of a figure given in short: `2` or `kl-by-position` for `fig2-kl-by-position`."""
    for name in FIGURES:
        number, _, title = name.removeprefix("fig").partition("-")
        if short in (number, title):
            return name
    return short


def write_figure(results: Results, name: str, folder: Path) -> None:
    """Draw a figure and save it in all formats.

    Raises:
        ValueError: if the profile has no such figure.
    """
    names = figure_names(results.profile)
    if name not in names:
        raise ValueError(f"There is no figure {name!r}; there are {', '.join(names)}.")
    with plt.style.context(STYLE):
        save_figure(*FIGURES[name].draw(results), folder, name)


def write_draws_figure(drawn: list[DrawnClaim], folder: Path) -> None:
    """Draw the figure over draws and save it in all formats."""
    with plt.style.context(STYLE):
        save_figure(*draws.draw(drawn), folder, FIGURE)


def save_figure(figure: Figure, data: pd.DataFrame, folder: Path, name: str) -> None:
    """Save a figure in all formats, with the numbers that it draws."""
    for suffix, metadata in (("pdf", {"CreationDate": None}), ("svg", {"Date": None}), ("png", {})):
        with atomic_write(folder / f"{name}.{suffix}") as path:
            figure.savefig(path, format=suffix, metadata=metadata)
    plt.close(figure)
    with atomic_write(folder / f"{name}.csv") as path:
        data.to_csv(path, index=False, float_format="%.6f")
