"""How the message of another library's error is quoted in ours."""

from __future__ import annotations


def one_line(error: Exception) -> str:
    """Return the message of an error in one line, or its type where it has no message."""
    return " ".join(str(error).split()) or type(error).__name__
