"""Reads claims.yaml: what the paper claims, in our own words, and when a run counts as showing it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from superficial.published.checked import read_checked


class Statement(BaseModel):
    """A claim: what it says, where the paper makes it, what it reports, our criterion, the file of the numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    statement: str
    paper: str
    published: str
    criterion: str
    source: str


def load_statements(path: Path) -> dict[str, Statement]:
    """Read and check the paper's claims, by id.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: one sentence that names the file, the place, the value and what is wrong with it.
    """
    return read_checked(path, dict[str, Statement])
