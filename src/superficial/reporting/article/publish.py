"""Copies a run's figures, tables and claims to where they are committed, and writes what the article includes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from superficial.artifacts import CLAIMS, FIGURE, TABLE
from superficial.config import Profile
from superficial.files import atomic_write
from superficial.published.audit import audit
from superficial.reporting import draws
from superficial.reporting.article.numbers import article_numbers, draw_numbers, macros, more_macros, verdict_numbers
from superficial.reporting.article.tex import audit_text, claims_table, compact_table, estimates_table
from superficial.reporting.figures import registry as figures
from superficial.reporting.provenance import Records
from superficial.reporting.results import Results
from superficial.reporting.tables import registry as tables
from superficial.reporting.verdict_grid import CLAIMS_OF_PROFILE

_TABLE_FORMATS = ("tex", "md", "csv")
# The page in a folder of figures that shows them.
CONTACT_SHEET = "README.md"
# The macros of the verdicts over draws.
DRAW_CLAIMS = "draw-claims.tex"


def publish(results: Results, figure_folder: Path, article_folder: Path) -> Iterator[Path]:
    """Copy a run's figures, tables and claims, and write the numbers and parts of the article.

    Args:
        results: a finished run.
        figure_folder: where figures go, with a page that shows them.
        article_folder: where all other files go.

    Yields:
        each file written.

    Raises:
        FileNotFoundError: if the run is not finished.
        ValueError: if a file differs from what its stage wrote.
    """
    claims_json = _claims_text(results)
    yield from _copy(results, figure_folder, article_folder)
    claims = json.loads(claims_json)
    texts = {
        article_folder / "claims.json": claims_json,
        article_folder / "numbers.tex": macros(article_numbers(results, claims)),
        article_folder / "claims.tex": claims_table(claims),
        article_folder / "audit.tex": audit_text(audit(results.published)),
        figure_folder / CONTACT_SHEET: _contact_sheet_of(results.profile),
    }
    for name in results.profile.tables:
        scores = pd.read_csv(results.file(TABLE.of(table=name, format="csv")))
        texts[article_folder / f"{name}-compact.tex"] = compact_table(scores)
    yield from _write(texts)


def publish_beside(results: Results, profile: str, figure_folder: Path, article_folder: Path) -> Iterator[Path]:
    """Copy the verdicts of a run that is not the lab's, and its figures and tables into folders of its profile's name.

    The article has a section on profile `pretrained`, which takes in its table of claims and its numbers.

    Arguments are those of `publish`, with the name of the profile.

    Yields:
        each file written.

    Raises:
        FileNotFoundError: if the run is not finished.
        ValueError: if a file differs from what its stage wrote.
    """
    claims_json = _claims_text(results)
    claims = json.loads(claims_json)
    texts = {
        article_folder / CLAIMS_OF_PROFILE.format(profile=profile): claims_json,
        article_folder / f"{profile}-claims.tex": estimates_table(claims),
        article_folder / f"{profile}-numbers.tex": more_macros(verdict_numbers(profile, claims)),
    }
    yield from _copy(results, figure_folder / profile, article_folder / profile)
    texts[figure_folder / profile / CONTACT_SHEET] = _contact_sheet_of(results.profile)
    yield from _write(texts)


def _claims_text(results: Results) -> str:
    if not (results.folder / CLAIMS.of()).is_file():
        raise FileNotFoundError(
            f"There are no claims in {results.folder}: run `invoke reproduce-all --profile {results.profile.name}`."
        )
    return results.file(CLAIMS.of()).read_text(encoding="utf-8")


def _copy(results: Results, figure_folder: Path, article_folder: Path) -> Iterator[Path]:
    """Copy all figures and tables of a run; every file is checked before the first is copied."""
    copies = [
        (figure_folder, results.file(FIGURE.of(figure=name, format=form)))
        for name in figures.figure_names(results.profile)
        for form in figures.FORMATS
    ] + [
        (article_folder, results.file(TABLE.of(table=name, format=form)))
        for name in tables.table_names(results.profile)
        for form in _TABLE_FORMATS
    ]
    for folder, file in copies:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)
        yield folder / file.name


def _write(texts: Mapping[Path, str]) -> Iterator[Path]:
    for file, text in texts.items():
        with atomic_write(file) as path:
            path.write_text(text, encoding="utf-8")
        yield file


def _contact_sheet_of(profile: Profile) -> str:
    return contact_sheet(figures.figure_names(profile), profile.name)


def publish_draws(results: Path, of_set: str, figure_folder: Path, article_folder: Path) -> Iterator[Path]:
    """Copy the tables and the figure over the draws of a set; tables of other draws stay, named by their numbers.

    Args:
        results: the folder of all draws.
        of_set: the set.
        figure_folder: where the figure goes.
        article_folder: where the tables go.

    Yields:
        each file written.

    Raises:
        ValueError: if the tables are of another set, or differ from what was written.
    """
    records = Records(results)
    table = TABLE.of(table=draws.TABLES[0], format="csv")
    record = records.by_output.get(table)
    if record is None or record.name != of_set:
        raise ValueError(
            f"There is no report on the draws of {of_set} in {results}: run `invoke reproduce-all` with them."
        )
    copies = [(figure_folder, FIGURE.of(figure=draws.FIGURE, format=form)) for form in figures.FORMATS]
    copies += [(article_folder, TABLE.of(table=name, format=form)) for name in draws.TABLES for form in _TABLE_FORMATS]
    for _, file in copies:
        records.check(Path(file))
    yield from _keep_other_draws(results / table, article_folder)
    for folder, file in copies:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / file, folder / Path(file).name)
        yield folder / Path(file).name
    verdicts = pd.read_csv(article_folder / f"{draws.TABLES[1]}.csv")
    yield from _write({article_folder / DRAW_CLAIMS: more_macros(draw_numbers(verdicts))})


def _keep_other_draws(table: Path, article_folder: Path) -> Iterator[Path]:
    """Give the published tables of other draws names of their own, such as draws-101-110.csv."""
    published = article_folder / table.name
    if not published.is_file():
        return
    before, now = (pd.read_csv(file)["draw"] for file in (published, table))
    if set(before) == set(now):
        return
    for name in draws.TABLES:
        for form in _TABLE_FORMATS:
            kept = article_folder / f"{name}-{before.min()}-{before.max()}.{form}"
            (article_folder / f"{name}.{form}").rename(kept)
            yield kept


def contact_sheet(names: list[str], profile: str) -> str:
    """Return a Markdown page that shows every figure, with links to its files."""
    parts = [f"# Figures\n\nOf the last published run, profile `{profile}`; written by `invoke publish`.\n"]
    for name in names:
        figure = figures.FIGURES[name]
        files = " · ".join(f"[{form}]({name}.{form})" for form in figures.FORMATS)
        picture = f"![{figure.alt}]({name}.png)"
        shown = (f"## {re.sub('-', ' ', name)}", figure.caption, picture, figure.in_paper, files)
        parts.append("\n\n".join(shown) + "\n")
    return "\n".join(parts)
