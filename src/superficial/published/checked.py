"""Reads a YAML file of ours as what it should be, or says in one sentence what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

Content = TypeVar("Content")


def read_checked(path: Path, kind: type[Content]) -> Content:
    """Read a YAML file whose content is of a kind that pydantic checks.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: one sentence that names the file, the place, the value and what is wrong with it.
    """
    try:
        content = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        place = ".".join(map(str, first["loc"]))
        said = f"field {place!r} has the value {first['input']!r}: " if place else ""
        raise ValueError(f"{path}: {said}{reason}.") from error
