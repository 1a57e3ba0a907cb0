"""How errors and notes reach a user: as one sentence, without a traceback."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line, or its type where it has no message."""
    return " ".join(str(error).split()) or type(error).__name__


def sentence_for_user(error: OSError | ValueError) -> str:
    """Return an error as a user reads it: with the file that it is about, where it is an error of a file."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)


class Note(UserWarning):
    """Something that a user should know and that stops nothing, in one sentence; commands print it as one line."""


@contextmanager
def notes_as_lines() -> Iterator[None]:
    """Print every `Note` of the block to standard error as one line; other warnings are shown as they always are."""
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
