"""Reads claims.yaml: what the paper claims, where, and when a run counts as showing it."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from superficial.documents import checked, read_yaml


class Claim(BaseModel):
    """A claim in our words, the test of it, and the tolerances of that test, which `criterion` names in braces.

    They are the same for every profile: none can make its own test an easier one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str
    paper: str
    published: str
    measures: Annotated[list[str], Field(min_length=1)]
    tolerance: dict[str, float] = {}
    criterion: str
    source: str

    @model_validator(mode="after")
    def _criterion_names_the_tolerances(self) -> Claim:
        named = {name for _, name, _, _ in string.Formatter().parse(self.criterion) if name is not None}
        if named != set(self.tolerance):
            stated = ", ".join(sorted(self.tolerance)) or "none"
            raise ValueError(
                f"criterion names {', '.join(sorted(named)) or 'no tolerance'}; the tolerances are {stated}"
            )
        return self

    def allows(self, name: str) -> float:
        """Return a tolerance.

        Raises:
            ValueError: where the claim has none of that name.
        """
        if name not in self.tolerance:
            stated = ", ".join(sorted(self.tolerance)) or "none"
            raise ValueError(f"The claim {self.statement!r} needs the tolerance {name!r}; it has {stated}.")
        return self.tolerance[name]

    def told(self) -> dict[str, str]:
        """Return what a reader is told of the claim, the tolerances in their places."""
        told = self.model_dump(include={"statement", "paper", "published", "source"})
        return told | {"criterion": self.criterion.format(**{k: f"{v:g}" for k, v in self.tolerance.items()})}


def load_claims(path: Path) -> dict[str, Claim]:
    """Read and check the paper's claims, by id.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: one sentence that names the file, the place, the value and what is wrong with it.
    """
    return checked(path, read_yaml(path), dict[str, Claim])
