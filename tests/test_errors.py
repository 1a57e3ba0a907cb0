"""Quoting errors of other libraries."""

from superficial.errors import one_line


def test_a_message_is_one_line_and_an_empty_one_is_the_type():
    assert one_line(OSError("cannot\n  open")) == "cannot open"
    assert one_line(TimeoutError()) == "TimeoutError"
