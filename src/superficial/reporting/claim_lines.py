"""All claims in a terminal, one line a claim: id, title, verdict, the number that decides it, and the paper's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from superficial.reporting.terminal import shortened, terminal_width

COLORS = {REPRODUCED: "green", NOT_REPRODUCED: "red", INCONCLUSIVE: "yellow", NOT_RUN: "blue"}
# Wide enough for all columns of most claims.
_LOG_WIDTH = 180
_GAP = 2
_NOTHING = "–"
_HEADER = ("", "claim", "verdict", "guarded", "number [95 % interval]", "of what", "in the paper")
# Columns that are shortened where a line is too long, down to `_LEAST` or else left out; the title is shortened last.
_TITLE, _OPTIONAL = 1, (6, 5)
_LEAST = 20


def deciding_number(claim: dict[str, Any]) -> tuple[str, str]:
    """Return the estimate that decides a claim, as value with interval and in words; empty where nothing was measured.

    It is the first whose own verdict is that of the claim: of a claim that is not reproduced, one that fails.
    """
    if not claim["measured"]:
        return "", ""
    what = claim["deciding"]
    low, high = claim["interval"][what]
    return f"{_number(claim['measured'][what])} [{_number(low)}, {_number(high)}]", what


def print_claims(claims: Sequence[dict[str, Any]]) -> None:
    """Print one line a claim, no longer than the terminal is wide."""
    width = terminal_width(_LOG_WIDTH)
    console = Console(width=width, highlight=False)
    for line in claim_lines(claims, width):
        console.print(line, no_wrap=True)


def claim_lines(claims: Sequence[dict[str, Any]], width: int) -> list[Text]:
    """Return a header and one line a claim, each of at most `width` characters."""
    rows = [list(_HEADER), *map(_cells, claims)]
    widths = _widths(rows, width)
    lines = []
    for number, row in enumerate(rows):
        line = Text()
        for column, cell in enumerate(row):
            if widths[column]:
                style = "bold" if number == 0 else COLORS.get(cell, "")
                line.append(shortened(cell, widths[column]).ljust(widths[column] + _GAP), style)
        line.rstrip()
        lines.append(line)
    return lines


def _cells(claim: dict[str, Any]) -> list[str]:
    number, what = deciding_number(claim)
    guarded = claim.get("guarded_verdict", _NOTHING)
    return [claim["id"], claim["title"], claim["verdict"], guarded, number or _NOTHING, what, claim["published"]]


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column, 0 for one that is left out."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def excess() -> int:
        return sum(each + _GAP for each in widths if each) - _GAP - width

    for column in _OPTIONAL:
        widths[column] = max(min(_LEAST, widths[column]), widths[column] - max(0, excess()))
    for column in _OPTIONAL:
        widths[column] = 0 if excess() > 0 else widths[column]
    widths[_TITLE] = max(1, widths[_TITLE] - max(0, excess()))
    return widths


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
