"""Reads what a run recorded, and refuses files that differ from what their stage wrote."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from pathlib import Path

import pandas as pd

from superficial import artifacts
from superficial.config import Profile, Sensitivity
from superficial.json_files import read_json
from superficial.measures.clusters import question_clusters
from superficial.published.claims import Claim, load_claims
from superficial.published.numbers import Published, load_published
from superficial.reading import read_rows
from superficial.reporting.provenance import Records


class Results:
    """The recorded results of a profile in one folder. Each file is read on first use.

    A file that differs from what its stage recorded is refused. A folder without any record, such as the planted
    results of a test, is read unchecked. `files_read` lists the files read so far, relative to the folder.
    """

    def __init__(self, folder: Path, profile: Profile, paper: Path) -> None:
        self.folder = folder
        self.profile = profile
        self.paper = paper
        self.records = Records(folder)
        self.files_read: list[Path] = []
        self._scores: dict[str, dict[str, pd.DataFrame]] = {}
        self._second_judged: set[str] = set()

    def file(self, name: str) -> Path:
        """Return the path of a result file, given relative to the folder.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it differs from what its stage recorded.
        """
        path = Path(name)
        if not (self.folder / path).is_file():
            raise FileNotFoundError(f"There is no {path} in {self.folder}: run `invoke reproduce-all`.")
        if self.records.all:
            self.records.check(path)
        if path not in self.files_read:
            self.files_read.append(path)
        return self.folder / path

    def scores(self, variant: str) -> dict[str, pd.DataFrame]:
        """Return a variant's scores by benchmark, one row per question, with its `cluster` (`measures.clusters`).

        Raises:
            FileNotFoundError: if the variant has not been evaluated.
            ValueError: if a file is damaged.
        """
        if variant not in self._scores:
            scores = {}
            for benchmark in sorted(self.profile.benchmarks_of(variant)):
                artifact = artifacts.SECOND_SCORES if benchmark in self._second_judged else artifacts.SCORES
                file = self.file(artifact.of(variant=variant, benchmark=benchmark))
                rows = read_rows(file, artifact.columns)
                scores[benchmark] = rows.assign(cluster=question_clusters(benchmark, rows))
            self._scores[variant] = scores
        return self._scores[variant]

    def with_second_judges(self) -> Results:
        """Return the same results with the second judge's scores for every benchmark that has a second judge."""
        seconded = copy(self)
        seconded._scores = {}
        seconded._second_judged = {name for name, settings in self.profile.benchmarks.items() if settings.second_judge}
        return seconded

    def student_head(self, comparison: str) -> str:
        """Return the head, or the set of heads, of the student of a comparison's first model pair."""
        student = self.profile.recovery[comparison][0].student
        head = self.profile.variants[student].head
        assert head is not None, f"the student {student} of comparison {comparison} has no head"
        return head

    def positions(self, head: str) -> pd.DataFrame:
        """Return what base, aligned model and student predict at each response position of the test questions.

        Of a set of heads, each head is the student at the questions of the benchmarks that it was distilled on.
        """
        files = [self.file(artifacts.POSITIONS.of(head=name)) for name in self.profile.heads_in(head)]
        return pd.concat([read_rows(file, artifacts.POSITIONS.columns) for file in files], ignore_index=True)

    def card(self, head: str) -> dict:
        """Return how a head was trained and chosen, with its validation KL."""
        return read_json(self.file(artifacts.CARD.of(head=head)))

    def head_shape(self, head: str) -> list[int]:
        """Return the rows and columns of a head's matrix."""
        return read_json(self.file(artifacts.INSPECTION.of(head=head)))["shape"]

    def style_tokens(self, world: str) -> set[str]:
        """Return the stylistic tokens of a world."""
        return set(self.file(artifacts.STYLE_TOKENS.of(world=world)).read_text(encoding="utf-8").split("\n"))

    def familiarity(self, world: str) -> pd.Series:
        """Return how familiar the base corpus of a lab world is with each test question, by question."""
        columns = artifacts.FAMILIARITY.columns
        return read_rows(self.file(artifacts.FAMILIARITY.of(world=world)), columns).set_index(columns[0])[columns[1]]

    def sweep(self) -> pd.DataFrame:
        """Return cover rate and similarity of the k sweep, one row per k."""
        return read_rows(self.file(artifacts.SWEEP.of()), artifacts.SWEEP.columns)

    def sweep_overlap(self) -> pd.DataFrame:
        """Return the overlap of both bases' spaces, one row per sample of prompts and k."""
        return read_rows(self.file(artifacts.SWEEP_OVERLAP.of()), artifacts.SWEEP_OVERLAP.columns)

    def sweep_accuracy(self) -> pd.DataFrame:
        """Return token accuracy of the k sweep, one row per k, model and prompt."""
        return read_rows(self.file(artifacts.SWEEP_ACCURACY.of()), artifacts.SWEEP_ACCURACY.columns)

    @property
    def sensitivity_study(self) -> Sensitivity:
        """Return the settings of the profile's sensitivity study."""
        assert self.profile.sensitivity is not None, "this profile has no sensitivity study"
        return self.profile.sensitivity

    def sensitivity(self, axis: str) -> pd.DataFrame:
        """Return an axis of the sensitivity study, one row per way to train the head and question."""
        return read_rows(self.file(artifacts.SENSITIVITY.of(axis=axis)), artifacts.SENSITIVITY.columns)

    def depth_scores(self, curve: str) -> pd.DataFrame:
        """Return the scores at each point of a depth curve, one row per point and question, with its `cluster`."""
        return _clustered(read_rows(self.file(artifacts.DEPTH_SCORES.of(curve=curve)), artifacts.DEPTH_SCORES.columns))

    def depth_positions(self, curve: str) -> pd.DataFrame:
        """Return the KL at each point of a depth curve, one row per point and response position."""
        return read_rows(self.file(artifacts.DEPTH_POSITIONS.of(curve=curve)), artifacts.DEPTH_POSITIONS.columns)

    def sizes(self) -> pd.DataFrame:
        """Return the scores of a head made smaller, one row per size, split and question, with its `cluster`."""
        return _clustered(read_rows(self.file(artifacts.SIZES.of()), artifacts.SIZES.columns))

    def neighbour_cost(self, variant: str) -> dict:
        """Return what a neighbouring method costs, and what validation chose for it."""
        return read_json(self.file(artifacts.NEIGHBOUR_COST.of(variant=variant)))

    def depth_lens(self) -> pd.DataFrame:
        """Return the logit lens of the pair whose depth is studied, one row per model, layer and prompt."""
        assert self.profile.depth is not None, "this profile does not study depth"
        return read_rows(self.file(artifacts.DEPTH_LENS.of(pair=self.profile.depth.pair)), artifacts.DEPTH_LENS.columns)

    @cached_property
    def published(self) -> Published:
        """Return the numbers that the paper prints."""
        return load_published(self.paper / "published.yaml")

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Return the paper's claims by id."""
        return load_claims(self.paper / "claims.yaml")


def _clustered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return scores of several benchmarks with the cluster of each question."""
    return pd.concat(
        [part.assign(cluster=question_clusters(str(name), part)) for name, part in rows.groupby("benchmark")]
    )
