"""The page's data files: scripts that hand one JSON value to the page, each loaded on first use.

A page opened from disk may not fetch files, but it may add a script. All that such a script runs is one call with a
JSON literal.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from markupsafe import Markup

# Characters that could end a script element, or a line of a script.
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
PROBABILITY_STEPS = 65535


def embedded(value: Any) -> Markup:
    """Return a value as JSON that is safe inside a script element, whatever its texts contain.

    Raises:
        ValueError: if a number is not finite, which JSON cannot express.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_ESCAPES))


def write_data(folder: Path, name: str, value: Any) -> None:
    """Write `name`.js, which hands a value to the page under that name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_text(f"Report.receive({embedded(name)}, {embedded(value)});\n", encoding="utf-8")


def packed(tokens: Int[np.ndarray, "position top"], probabilities: Float[np.ndarray, "position top"]) -> str:
    """Return tokens and probabilities in base64, as pairs of little-endian 16-bit numbers.

    Args:
        tokens: numbers of tokens in the page's list of words.
        probabilities: stored in steps of 1/65535.

    Raises:
        ValueError: if a token's number needs more than 16 bits.
    """
    if tokens.size and tokens.max() > np.iinfo(np.uint16).max:
        raise ValueError(f"{tokens.max() + 1} different tokens are too many for the page's 16-bit numbers.")
    pairs = np.stack([tokens, np.rint(probabilities * PROBABILITY_STEPS)], axis=-1).astype("<u2")
    return base64.b64encode(pairs.tobytes()).decode("ascii")


def finite(value: float) -> float | None:
    """Return a number for JSON: None where it is NaN, such as the score of a question that was not judged."""
    return None if np.isnan(value) else float(value)


class Numbering:
    """Numbers distinct values in the order in which they are first seen."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of a value, a new one where it is seen for the first time."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return the distinct values, in the order of their numbers."""
        return list(self._numbers)
