"""What tasks share: a mistake of the user's is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from invoke import Exit

if TYPE_CHECKING:
    from superficial.reporting.results import Results

ROOT = Path(__file__).parents[2]

PROFILE = {"profile": "a file of repro/profiles, without its ending (default: lab)"}


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn a mistake of the user's into one sentence and a failure."""
    try:
        yield
    except OSError as error:
        said = f"{error.filename}: {error.strerror}." if error.filename and error.strerror else str(error)
        raise Exit(said, code=2) from error
    except ValueError as error:
        raise Exit(str(error), code=2) from error


def results_of(profile: str) -> Results:
    """Return a profile's results."""
    from repro.engine.paths import profile_file, results_folder
    from superficial.config import load_profile
    from superficial.reporting.results import Results

    return Results(results_folder(profile), load_profile(profile_file(profile)), ROOT / "paper")
