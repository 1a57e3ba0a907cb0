"""The look of the figures, and the widths of a two-column article."""

from __future__ import annotations

from pathlib import Path

STYLE = Path(__file__).with_name("style.mplstyle")
SINGLE_COLUMN_INCHES, DOUBLE_COLUMN_INCHES = 3.3, 7.0
