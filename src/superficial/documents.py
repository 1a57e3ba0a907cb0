"""Reads YAML files that people write (profiles, the paper's numbers and claims): checked, or one sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

_LONGEST_VALUE = 200

T = TypeVar("T")


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where it holds something else.
    """
    try:
        content = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {type(content).__name__}, not a mapping of fields.")
    return content


def checked(path: Path, content: dict[str, Any], as_type: type[T]) -> T:
    """Return a file's content as pydantic reads it.

    Raises:
        ValueError: one sentence that names the file, the field, the value and what is allowed.
    """
    try:
        return TypeAdapter(as_type).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise ValueError(f"{path}: {reason}.") from error
        field = ".".join(str(part) for part in first["loc"])
        value = repr(first["input"])
        said = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}..."
        raise ValueError(f"{path}: field {field!r} has the value {said}: {reason}.") from error
