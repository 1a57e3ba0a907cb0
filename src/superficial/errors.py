"""How the message of another library's error is quoted in ours, and what is said without being an error."""

from __future__ import annotations


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line, or its type where it has no message."""
    return " ".join(str(error).split()) or type(error).__name__


class Note(UserWarning):
    """Something that a user should know and that stops nothing, in one sentence; the tasks print it as one line."""
