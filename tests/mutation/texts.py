"""Reads files of the repository."""

from repro.engine.paths import ROOT


def read(file: str) -> str:
    """Return the text of a file that is named relative to the repository."""
    return (ROOT / file).read_text(encoding="utf-8")
