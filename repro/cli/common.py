"""What the tasks share. Tasks import what they need when they run, so that `invoke --list` stays fast."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from invoke import Exit

from repro.engine.paths import PAPER, profile_file, results_folder
from superficial.errors import Note

if TYPE_CHECKING:
    from superficial.reporting.results import Results

PROFILE = {"profile": "the name of a profile in repro/profiles (default: lab)"}


@contextmanager
def user_errors() -> Iterator[None]:
    """Report a user's error as one sentence and exit status 2, without a traceback, and a note as one line."""
    try:
        with _notes_as_lines():
            yield
    except OSError as error:
        has_reason = error.filename and error.strerror
        raise Exit(f"{error.filename}: {error.strerror}." if has_reason else str(error), code=2) from error
    except ValueError as error:
        raise Exit(str(error), code=2) from error


@contextmanager
def _notes_as_lines() -> Iterator[None]:
    with warnings.catch_warnings():
        show_others = warnings.showwarning
        warnings.simplefilter("always", Note)

        def show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
            if issubclass(category, Note):
                print(f"note: {message}", file=sys.stderr)
            else:
                show_others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield


def load_results(profile: str) -> Results:
    """Return the results of a profile."""
    from superficial.config import load_profile
    from superficial.reporting.results import Results

    return Results(results_folder(profile), load_profile(profile_file(profile)), PAPER)
