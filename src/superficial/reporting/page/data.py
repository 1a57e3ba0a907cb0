"""Data files of the report: plain scripts that hand one JSON value to the page, loaded when they are asked for.

A page that was opened from disk may not fetch files, but it may add a script; nothing in a data file is run but
one call with a JSON literal.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from markupsafe import Markup

# Signs that could end a script element or a line of one.
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
PROBABILITY_STEPS = 65535


def embedded(value: Any) -> Markup:
    """Return a value as JSON that can stand inside a script element, whatever its texts hold.

    Raises:
        ValueError: where a number is not finite, which JSON has no word for.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_ESCAPES))


def write_data(folder: Path, name: str, value: Any) -> None:
    """Write `name`.js, which gives the page a value under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_text(f"Report.receive({embedded(name)}, {embedded(value)});\n", encoding="utf-8")


def packed(tokens: Int[np.ndarray, "position top"], probabilities: Float[np.ndarray, "position top"]) -> str:
    """Return tokens and probabilities in base64: per entry two little-endian 16-bit numbers, token and probability.

    A probability is in steps of 1/65535.

    Raises:
        ValueError: where a token's number has more than 16 bits.
    """
    if tokens.size and tokens.max() > np.iinfo(np.uint16).max:
        raise ValueError(f"A list of {tokens.max() + 1} different tokens is too long for the report's 16-bit numbers.")
    pairs = np.stack([tokens, np.rint(probabilities * PROBABILITY_STEPS)], axis=-1).astype("<u2")
    return base64.b64encode(pairs.tobytes()).decode("ascii")


class Numbered:
    """Distinct values in the order they were first seen, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """Return a value's number, a new one where it was not seen before."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return the values by their numbers."""
        return list(self._numbers)
