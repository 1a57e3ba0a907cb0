"""Reads JSON files. A damaged file raises one sentence. This module imports nothing but the standard library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from superficial.errors import one_line


def read_json(path: Path, fields: Sequence[str] = ()) -> dict[str, Any]:
    """Read a JSON object that has at least `fields`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not JSON, not an object, or lacks a field.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {one_line(error)}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {type(content).__name__}, not an object of fields.")
    missing = [field for field in fields if field not in content]
    if missing:
        raise ValueError(f"{path} has no field {missing[0]!r}.")
    return content
