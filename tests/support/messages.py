"""Checks of the one sentence that a bad input gets."""

from collections.abc import Callable
from typing import Any

import pytest


def message_of(function: Callable[..., Any], *arguments: Any) -> str:
    """Return the message with which a call refuses its arguments; it must be one line."""
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        function(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


def assert_contains(parts: str, message: str) -> None:
    """Check that a message contains the parts of a text, which "..." separates, in their order."""
    position = 0
    for part in parts.split("..."):
        position = message.find(part, position) + len(part)
        assert position >= len(part), message
