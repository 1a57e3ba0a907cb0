"""Builds the report's folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from superficial.files import atomic_folder
from superficial.reporting.claims import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from superficial.reporting.figures import CAPTIONS, figure_names
from superficial.reporting.page.data import embedded
from superficial.reporting.page.heads import head_card, sparkline
from superficial.reporting.page.rows import write_rows
from superficial.reporting.page.run import machine, steps
from superficial.reporting.page.tables import page_tables
from superficial.reporting.page.viewer import has_view, write_viewer
from superficial.reporting.results import Results

# A sign beside the word, for those who do not see the colour.
SIGNS = {REPRODUCED: "✓", NOT_REPRODUCED: "✕", INCONCLUSIVE: "≈", NOT_RUN: "–"}
_ASSETS = Path(__file__).parent / "templates" / "assets"


def environment() -> Environment:
    """Return the templates' environment: every text is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("superficial.reporting.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["embedded"] = embedded
    made.filters["sparkline"] = sparkline
    made.filters["slug"] = lambda text: text.replace(" ", "-")
    made.filters["number"] = lambda value: "none" if value is None else f"{value:.3f}"
    made.filters["minutes"] = lambda seconds: f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"
    return made


def _figures(results: Results, folder: Path) -> list[dict[str, Any]]:
    shown = []
    for name in figure_names(results.profile):
        files = sorted((results.folder / "figures").glob(f"{name}.*"))
        for file in files:
            shutil.copyfile(file, folder / file.name)
        drawn = folder / f"{name}.svg"
        if not drawn.is_file():
            raise FileNotFoundError(
                f"There is no {name}.svg in {results.folder / 'figures'}: run `invoke figure {name[3]}` or "
                f"`invoke reproduce-all` for profile {results.profile.name}."
            )
        shown.append({"name": name, "caption": CAPTIONS[name]})
    return shown


def _demo(demo: Path, folder: Path) -> dict[str, Any] | None:
    if not (demo / "demo.json").is_file():
        return None
    shutil.copyfile(demo / "demo.png", folder / "demo.png")
    return json.loads((demo / "demo.json").read_text(encoding="utf-8"))


def write_report(results: Results, folder: Path, demo: Path) -> Path:
    """Write the report into `folder`, whole or not at all, and return its page.

    Args:
        results: the run.
        folder: where the report goes.
        demo: what `invoke demo-real` left, shown as a part of its own with the demo's label; absent where it never ran.

    Raises:
        FileNotFoundError: where the run it is made from is not finished.
    """
    if not (results.folder / "claims.json").is_file():
        raise FileNotFoundError(
            f"There are no claims in {results.folder}: run `invoke reproduce-all --profile {results.profile.name}`."
        )
    claims = json.loads((results.folder / "claims.json").read_text(encoding="utf-8"))
    with atomic_folder(folder) as made:
        for part in ("data", "figures", "tables", "assets"):
            (made / part).mkdir()
        for file in sorted((results.folder / "tables").glob("*.csv")):
            shutil.copyfile(file, made / "tables" / file.name)
        for file in sorted(_ASSETS.iterdir()):
            shutil.copyfile(file, made / "assets" / file.name)
        tables = page_tables(results)
        page = (
            environment()
            .get_template("index.html.j2")
            .render(
                profile=results.profile,
                claims=claims,
                signs=SIGNS,
                tables=[table for table in tables if table.name != "controls"],
                controls=[table for table in tables if table.name == "controls"],
                figures=_figures(results, made / "figures"),
                demo=_demo(demo, made / "figures"),
                heads=[head_card(results, name) for name in results.profile.heads],
                steps=steps(results),
                machine=machine(results),
                index={
                    "view": write_viewer(results, made / "data") if has_view(results) else [],
                    "rows": write_rows(results, made / "data"),
                    "harmful": [name for name, about in results.profile.benchmarks.items() if about.harmful],
                },
            )
        )
        (made / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"
