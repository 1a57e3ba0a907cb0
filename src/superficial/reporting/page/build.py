"""Builds the page's folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from superficial.artifacts import CLAIMS, FIGURE, TABLE
from superficial.files import atomic_folder
from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from superficial.reporting.figures.registry import FIGURES, figure_names
from superficial.reporting.page.data import embedded
from superficial.reporting.page.heads import head_card, sparkline
from superficial.reporting.page.rows import write_rows
from superficial.reporting.page.run import machine, stage_times
from superficial.reporting.page.tables import page_tables
from superficial.reporting.page.viewer import has_view, write_viewer
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import TABLES
from superficial.reporting.verdict_grid import verdict_grid
from superficial.reporting.visible import visible_token

# A sign beside each verdict, for readers who cannot see its colour.
SIGNS = {REPRODUCED: "✓", NOT_REPRODUCED: "✕", INCONCLUSIVE: "≈", NOT_RUN: "–"}
# What the page begins with: where alignment acts, how far a black-box head transfers, and, widest, which tokens change.
FIRST_FIGURES = ("fig2-kl-by-position", "fig4-k-accuracy", "fig1-shift-tokens")
# The page that is committed: small enough to clone, and to open from a web host.
LARGEST_PAGE_BYTES, PUBLISHED_QUESTIONS = 6_000_000, 100
# Formats of a figure that the page shows or links.
_FIGURE_FORMATS = ("svg", "pdf", "csv")
ASSETS = Path(__file__).parent / "templates" / "assets"


def write_report(results: Results, folder: Path, largest: int | None = None) -> Path:
    """Write the page's folder, whole or not at all, and return the page.

    Args:
        results: a finished run.
        folder: where the page goes.
        largest: how many questions of each benchmark are behind a cell, the first ones; None: all.

    Raises:
        FileNotFoundError: if the run is not finished.
        ValueError: if its claims were checked by an earlier version.
    """
    claims_file = results.folder / CLAIMS.of()
    if not claims_file.is_file():
        raise FileNotFoundError(
            f"There are no claims in {results.folder}: run `invoke reproduce-all --profile {results.profile.name}`."
        )
    claims = json.loads(claims_file.read_text(encoding="utf-8"))
    if any("title" not in claim for claim in claims):
        raise ValueError(f"{claims_file} is of an earlier version: `invoke reproduce-all` recreates it.")
    with atomic_folder(folder) as target:
        for part in ("data", "figures", "tables", "assets"):
            (target / part).mkdir()
        for file in TABLE.files_in(results.folder):
            if file.suffix == ".csv":
                shutil.copyfile(file, target / "tables" / file.name)
        for file in sorted(ASSETS.iterdir()):
            shutil.copyfile(file, target / "assets" / file.name)
        page = page_environment().get_template("index.html.j2").render(_content(results, claims, target, largest))
        (target / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"


def check_size(page: Path) -> int:
    """Return the size of a page's folder in bytes.

    Raises:
        ValueError: if it is too large to be committed.
    """
    size = sum(file.stat().st_size for file in page.parent.rglob("*") if file.is_file())
    if size > LARGEST_PAGE_BYTES:
        allowed = LARGEST_PAGE_BYTES / 1e6
        raise ValueError(f"{page.parent} has {size / 1e6:.1f} MB; a page that is committed has at most {allowed:g} MB.")
    return size


def _content(results: Results, claims: list[dict[str, Any]], target: Path, largest: int | None) -> dict[str, Any]:
    """Return what the templates show, after writing the files that the page loads."""
    tables = page_tables(results)
    figures = _figures(results, target / "figures")
    beyond = [name for name, table in TABLES.items() if table.is_beyond_paper]
    return {
        "profile": results.profile,
        "claims": claims,
        "signs": SIGNS,
        "grid": verdict_grid(claims, results.profile.name, results.paper / "generated"),
        "first_figures": sorted(
            (figure for figure in figures if figure["name"] in FIRST_FIGURES),
            key=lambda figure: FIRST_FIGURES.index(figure["name"]),
        ),
        "tables": [table for table in tables if table.name not in (*beyond, "controls")],
        "beyond_tables": [table for table in tables if table.name in beyond],
        "controls": [table for table in tables if table.name == "controls"],
        "figures": [figure for figure in figures if not FIGURES[figure["name"]].is_beyond_paper],
        "beyond_figures": [figure for figure in figures if FIGURES[figure["name"]].is_beyond_paper],
        "heads": [head_card(results, name) for name in results.profile.heads],
        "stages": stage_times(results),
        "machine": machine(results),
        "index": {
            "view": write_viewer(results, target / "data") if has_view(results) else [],
            "rows": write_rows(results, target / "data", largest),
            "harmful": [name for name, benchmark in results.profile.benchmarks.items() if benchmark.harmful],
        },
    }


def _figures(results: Results, folder: Path) -> list[dict[str, Any]]:
    for name in figure_names(results.profile):
        for form in _FIGURE_FORMATS:
            file = results.folder / FIGURE.of(figure=name, format=form)
            if not file.is_file():
                raise FileNotFoundError(
                    f"There is no {file.name} in {file.parent}: run `invoke figure {name} --profile "
                    f"{results.profile.name}`."
                )
            shutil.copyfile(file, folder / file.name)
    return [
        {"name": name, "caption": FIGURES[name].caption, "alt": FIGURES[name].alt, "in_paper": FIGURES[name].in_paper}
        for name in figure_names(results.profile)
    ]


def page_environment() -> Environment:
    """Return the templates' environment: every text is escaped, and an unknown name is an error."""
    environment = Environment(
        loader=PackageLoader("superficial.reporting.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embedded"] = embedded
    environment.filters["sparkline"] = sparkline
    environment.filters["token"] = visible_token
    environment.filters["slug"] = lambda text: text.replace(" ", "-")
    environment.filters["number"] = lambda value: "unknown" if value is None else f"{value:.3f}"
    environment.filters["minutes"] = _minutes
    return environment


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"
