"""Reads what a reproduction recorded."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import pandas as pd
import yaml

from superficial.config import Profile, Sensitivity


class Results:
    """The recorded results of a profile in one folder; each file is read when it is first asked for."""

    def __init__(self, folder: Path, profile: Profile, paper: Path) -> None:
        self.folder = folder
        self.profile = profile
        self.paper = paper
        self._scores: dict[str, dict[str, pd.DataFrame]] = {}

    def scores(self, variant: str) -> dict[str, pd.DataFrame]:
        """Return a variant's scores by benchmark, one row a question.

        Raises:
            FileNotFoundError: where the variant has not been evaluated.
        """
        if variant not in self._scores:
            files = sorted((self.folder / "scores" / variant).glob("*.parquet"))
            if not files:
                raise FileNotFoundError(
                    f"There are no scores of {variant} in {self.folder}: run `invoke reproduce-all`."
                )
            self._scores[variant] = {path.stem: pd.read_parquet(path) for path in files}
        return self._scores[variant]

    def positions(self, head: str) -> pd.DataFrame:
        """Return what the pair and the head predict at each response position of the test questions."""
        file = self.folder / "measures" / f"{head}.parquet"
        if not file.is_file():
            raise FileNotFoundError(
                f"There are no measures of the head {head} in {self.folder}: run `invoke reproduce-all`."
            )
        return pd.read_parquet(file)

    def card(self, head: str) -> dict:
        """Return how a head was trained: choices, and the validation KL they were made on."""
        return json.loads((self.folder / "heads" / head / "card.json").read_text())

    def style_tokens(self, world: str) -> set[str]:
        """Return the tokens that count as stylistic in a world."""
        return set((self.folder / "worlds" / world / "style_tokens.txt").read_text().split("\n"))

    def sweep(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the k sweep: one row a k; and token accuracy, one row a k, model and prompt."""
        folder = self.folder / "measures"
        return pd.read_parquet(folder / "sweep.parquet"), pd.read_parquet(folder / "sweep-accuracy.parquet")

    @property
    def sensitivity_study(self) -> Sensitivity:
        """Return the profile's sensitivity study."""
        assert self.profile.sensitivity is not None, "this profile has no sensitivity study"
        return self.profile.sensitivity

    def sensitivity(self, axis: str) -> pd.DataFrame:
        """Return an axis of the sensitivity study: one row a way and question, with the validation KL of the way."""
        return pd.read_parquet(self.folder / "sensitivity" / f"{axis}.parquet")

    @cached_property
    def published(self) -> dict:
        """Return the paper's numbers."""
        return yaml.safe_load((self.paper / "published.yaml").read_text(encoding="utf-8"))

    @cached_property
    def statements(self) -> dict[str, dict]:
        """Return the paper's claims, by id."""
        return yaml.safe_load((self.paper / "claims.yaml").read_text(encoding="utf-8"))
