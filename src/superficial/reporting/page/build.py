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
from superficial.reporting.figures.registry import FIGURES, FORMATS, figure_names
from superficial.reporting.page.data import embedded
from superficial.reporting.page.heads import head_card, sparkline
from superficial.reporting.page.rows import write_rows
from superficial.reporting.page.run import machine, stage_times
from superficial.reporting.page.tables import page_tables
from superficial.reporting.page.viewer import has_view, write_viewer
from superficial.reporting.results import Results
from superficial.reporting.visible import visible_token

# A sign beside each verdict, for readers who cannot see its colour.
SIGNS = {REPRODUCED: "✓", NOT_REPRODUCED: "✕", INCONCLUSIVE: "≈", NOT_RUN: "–"}
_ASSETS = Path(__file__).parent / "templates" / "assets"


def write_report(results: Results, folder: Path, demo: Path) -> Path:
    """Write the page's folder, whole or not at all, and return the page.

    Args:
        results: a finished run.
        folder: where the page goes.
        demo: the output folder of `invoke demo-real`, shown as a section of its own; skipped where it does not exist.

    Raises:
        FileNotFoundError: if the run is not finished.
    """
    claims_file = results.folder / CLAIMS.of()
    if not claims_file.is_file():
        raise FileNotFoundError(
            f"There are no claims in {results.folder}: run `invoke reproduce-all --profile {results.profile.name}`."
        )
    claims = json.loads(claims_file.read_text(encoding="utf-8"))
    with atomic_folder(folder) as target:
        for part in ("data", "figures", "tables", "assets"):
            (target / part).mkdir()
        for file in TABLE.files_in(results.folder):
            if file.suffix == ".csv":
                shutil.copyfile(file, target / "tables" / file.name)
        for file in sorted(_ASSETS.iterdir()):
            shutil.copyfile(file, target / "assets" / file.name)
        page = _environment().get_template("index.html.j2").render(_content(results, claims, target, demo))
        (target / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"


def _content(results: Results, claims: list[dict[str, Any]], target: Path, demo: Path) -> dict[str, Any]:
    """Return what the templates show, after writing the files that the page loads."""
    tables = page_tables(results)
    return {
        "profile": results.profile,
        "claims": claims,
        "signs": SIGNS,
        "tables": [table for table in tables if table.name != "controls"],
        "controls": [table for table in tables if table.name == "controls"],
        "figures": _figures(results, target / "figures"),
        "demo": _demo(demo, target / "figures"),
        "heads": [head_card(results, name) for name in results.profile.heads],
        "stages": stage_times(results),
        "machine": machine(results),
        "index": {
            "view": write_viewer(results, target / "data") if has_view(results) else [],
            "rows": write_rows(results, target / "data"),
            "harmful": [name for name, benchmark in results.profile.benchmarks.items() if benchmark.harmful],
        },
    }


def _figures(results: Results, folder: Path) -> list[dict[str, Any]]:
    for name in figure_names(results.profile):
        for form in FORMATS:
            file = results.folder / FIGURE.of(figure=name, format=form)
            if not file.is_file():
                raise FileNotFoundError(
                    f"There is no {file.name} in {file.parent}: run `invoke figure {name} --profile "
                    f"{results.profile.name}`."
                )
            shutil.copyfile(file, folder / file.name)
    return [{"name": name, "caption": FIGURES[name].caption} for name in figure_names(results.profile)]


def _demo(demo: Path, folder: Path) -> dict[str, Any] | None:
    if not (demo / "demo.json").is_file():
        return None
    shutil.copyfile(demo / "demo.png", folder / "demo.png")
    return json.loads((demo / "demo.json").read_text(encoding="utf-8"))


def _environment() -> Environment:
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
