"""Reads what a reproduction recorded, and only what still is what a stage wrote."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from pathlib import Path

import pandas as pd

from superficial.config import Profile, Sensitivity
from superficial.published.claims import Claim, load_claims
from superficial.published.numbers import Published, load_published
from superficial.reading import read_json, read_rows
from superficial.reporting.provenance import Records

# Where scores are, and those of second judges.
SCORES, SECOND_SCORES = "scores", "second-scores"
SCORE_COLUMNS = ("question_id", "score", "garbled")
SENSITIVITY_COLUMNS = (*SCORE_COLUMNS, "benchmark", "axis", "way", "validation_kl")
POSITION_COLUMNS = ("prompt", "position", "source", "target", "target_rank", "kl_base", "kl_superficial")


class Results:
    """The recorded results of a profile in one folder; each file is read when it is first asked for.

    A file that is not what the stage that made it wrote is refused; a folder that holds no record at all, as planted
    results do, is read as it is. `used` holds the files read so far, as paths from the folder on.
    """

    def __init__(self, folder: Path, profile: Profile, paper: Path) -> None:
        self.folder = folder
        self.profile = profile
        self.paper = paper
        self.records = Records(folder)
        self.used: list[Path] = []
        self._scores: dict[str, dict[str, pd.DataFrame]] = {}
        self._seconded: set[str] = set()

    def file(self, *parts: str) -> Path:
        """Return a file that may be read.

        Raises:
            FileNotFoundError: where it is not there.
            ValueError: where it is not what a stage wrote.
        """
        path = Path(*parts)
        if not (self.folder / path).is_file():
            raise FileNotFoundError(f"There is no {path} in {self.folder}: run `invoke reproduce-all`.")
        if self.records.all:
            self.records.check(path)
        if path not in self.used:
            self.used.append(path)
        return self.folder / path

    def scores(self, variant: str) -> dict[str, pd.DataFrame]:
        """Return a variant's scores by benchmark, one row a question.

        Raises:
            FileNotFoundError: where the variant has not been evaluated.
            ValueError: where a file is damaged.
        """
        if variant not in self._scores:
            folders = {
                of: SECOND_SCORES if of in self._seconded else SCORES for of in self.profile.benchmarks_of(variant)
            }
            self._scores[variant] = {
                benchmark: read_rows(self.file(folders[benchmark], variant, f"{benchmark}.parquet"), SCORE_COLUMNS)
                for benchmark in sorted(folders)
            }
        return self._scores[variant]

    def by_second_judges(self) -> Results:
        """Return the same results with the scores of second judges wherever a benchmark has one."""
        other = copy(self)
        other._scores = {}
        other._seconded = {name for name, benchmark in self.profile.benchmarks.items() if benchmark.second_judge}
        return other

    def positions(self, head: str) -> pd.DataFrame:
        """Return what the pair and the head predict at each response position of the test questions."""
        return read_rows(self.file("measures", f"{head}.parquet"), POSITION_COLUMNS)

    def card(self, head: str) -> dict:
        """Return how a head was trained: choices, and the validation KL they were made on."""
        return read_json(self.file("heads", head, "card.json"))

    def style_tokens(self, world: str) -> set[str]:
        """Return the tokens that count as stylistic in a world."""
        return set(self.file("worlds", world, "style_tokens.txt").read_text(encoding="utf-8").split("\n"))

    def sweep(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the k sweep: one row a k; and token accuracy, one row a k, model and prompt."""
        return (
            read_rows(self.file("measures", "sweep.parquet"), ("k", "cover_rate", "similarity", "overlap")),
            read_rows(self.file("measures", "sweep-accuracy.parquet"), ("prompt", "sum", "size", "k", "model")),
        )

    @property
    def sensitivity_study(self) -> Sensitivity:
        """Return the profile's sensitivity study."""
        assert self.profile.sensitivity is not None, "this profile has no sensitivity study"
        return self.profile.sensitivity

    def sensitivity(self, axis: str) -> pd.DataFrame:
        """Return an axis of the sensitivity study: one row a way and question, with the validation KL of the way."""
        return read_rows(self.file("sensitivity", f"{axis}.parquet"), SENSITIVITY_COLUMNS)

    @cached_property
    def published(self) -> Published:
        """Return the paper's numbers."""
        return load_published(self.paper / "published.yaml")

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Return the paper's claims, by id."""
        return load_claims(self.paper / "claims.yaml")
