"""Reads and checks YAML files that people write: profiles, the numbers and claims of the paper, rates of cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from superficial.errors import one_line

_MAX_VALUE_CHARACTERS = 200

T = TypeVar("T")


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not YAML, or not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not YAML: {one_line(error)}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {type(content).__name__}, not a mapping of fields.")
    return content


def checked(path: Path, content: dict[str, Any], as_type: type[T]) -> T:
    """Return the content of a file as an object of a type that pydantic checks.

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
        if len(value) > _MAX_VALUE_CHARACTERS:
            value = f"{value[:_MAX_VALUE_CHARACTERS]}..."
        raise ValueError(f"{path}: field {field!r} has the value {value}: {reason}.") from error
