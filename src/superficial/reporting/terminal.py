"""Tables for a terminal: no line is wider than it, and a table that is wider is shown in parts, one under the other."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from superficial.reporting.table import Table
from superficial.reporting.visible import visible

# A file or a pipe has no width of its own.
LOG_WIDTH = 100
_GAP = "  "
_SHORTENED = "…"
# A column of texts, such as responses, is folded to at most this share of the line.
_LARGEST_SHARE = 0.6


def terminal_width(log_width: int = LOG_WIDTH) -> int:
    """Return the width of the terminal in characters, or `log_width` where the output goes to a file or a pipe."""
    return shutil.get_terminal_size((log_width, 24)).columns


def shortened(text: str, width: int) -> str:
    """Return a text of at most `width` characters, with a sign where it was cut."""
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip() + _SHORTENED


def table_text(table: Table, width: int) -> str:
    """Return a table as aligned columns, in parts that fit the width; each part repeats the first column."""
    header = [str(name) for name in table.shown.columns]
    rows = [[visible(str(cell)) for cell in row] for row in table.shown.to_numpy().tolist()]
    largest = max(1, int(_LARGEST_SHARE * width))
    widths = [min(largest, max(map(len, column))) for column in zip(header, *rows, strict=True)]
    parts = [_lines(header, rows, columns, widths) for columns in _parts(widths, width)]
    caption = textwrap.fill(table.caption, width)
    return "\n\n".join(["\n".join(part) for part in parts] + [caption])


def _parts(widths: Sequence[int], width: int) -> list[list[int]]:
    """Return the numbers of the columns of each part, the first column in all of them."""
    parts: list[list[int]] = [[0]]
    used = widths[0]
    for column in range(1, len(widths)):
        if len(parts[-1]) > 1 and used + len(_GAP) + widths[column] > width:
            parts.append([0])
            used = widths[0]
        parts[-1].append(column)
        used += len(_GAP) + widths[column]
    return parts


def _lines(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[int], widths: Sequence[int]
) -> list[str]:
    def folded(row: Sequence[str]) -> list[str]:
        cells = [textwrap.wrap(row[column], widths[column]) or [""] for column in columns]
        height = max(map(len, cells))
        padded = [cell + [""] * (height - len(cell)) for cell in cells]
        return [
            _GAP.join(line.ljust(widths[column]) for line, column in zip(lines, columns, strict=True)).rstrip()
            for lines in zip(*padded, strict=True)
        ]

    rule = _GAP.join("-" * widths[column] for column in columns)
    return [*folded(header), rule, *(line for row in rows for line in folded(row))]
