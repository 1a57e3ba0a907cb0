"""Reads claims.yaml: what the paper claims, where it does, and when a run reproduces it."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from superficial.documents import checked, read_yaml


def _at_most_ten_words(title: str) -> str:
    if len(title.split()) > 10:
        raise ValueError(f"it has {len(title.split())} words; a title has at most 10")
    return title


class Claim(BaseModel):
    """A claim in our words, with a title for lists, and the criterion of its test.

    `criterion` names each tolerance of the test in braces.

    Tolerances are the same for every profile, so that no profile can make a test easier for itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str
    paper: str
    published: str
    title: Annotated[str, AfterValidator(_at_most_ten_words)]
    measures: Annotated[list[str], Field(min_length=1)]
    tolerance: dict[str, float] = {}
    criterion: str
    source: str

    @model_validator(mode="after")
    def _criterion_names_every_tolerance(self) -> Claim:
        named = {name for _, name, _, _ in string.Formatter().parse(self.criterion) if name is not None}
        if named != set(self.tolerance):
            stated = ", ".join(sorted(self.tolerance)) or "none"
            raise ValueError(
                f"criterion names {', '.join(sorted(named)) or 'no tolerance'}; the tolerances are {stated}"
            )
        return self

    def tolerance_for(self, name: str) -> float:
        """Return a tolerance.

        Raises:
            ValueError: if the claim has no tolerance of that name.
        """
        if name not in self.tolerance:
            stated = ", ".join(sorted(self.tolerance)) or "none"
            raise ValueError(f"The claim {self.statement!r} needs the tolerance {name!r}; it has {stated}.")
        return self.tolerance[name]

    def description(self) -> dict[str, str]:
        """Return the texts that a reader sees, with the tolerances filled into the criterion."""
        texts = self.model_dump(include={"title", "statement", "paper", "published", "source"})
        return texts | {"criterion": self.criterion.format(**{k: f"{v:g}" for k, v in self.tolerance.items()})}


def claim_order(name: str) -> tuple[str, int]:
    """Return what claims are sorted by: first the paper's (C), then our own (D), each by number."""
    return name[0], int(name[1:])


def load_claims(path: Path) -> dict[str, Claim]:
    """Read and check the paper's claims, keyed by id.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is wrong, in one sentence that names the file, the field and the value.
    """
    return checked(path, read_yaml(path), dict[str, Claim])
