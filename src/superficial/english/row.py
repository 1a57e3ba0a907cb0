"""What the kinds of questions share: rows, and which entities belong to which split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from superficial.config.types import Split

Row = dict[str, Any]
_Item = TypeVar("_Item")
# Of six entities in a row, the fourth is for validation, the last two for the test.
_SPLITS: tuple[Split, ...] = ("train", "train", "train", "validation", "test", "test")


def of_split(entities: Sequence[_Item], split: Split) -> list[_Item]:
    """Return the entities of a split; no entity belongs to two."""
    return [entity for number, entity in enumerate(entities) if _SPLITS[number % len(_SPLITS)] == split]


def row(benchmark: str, prompt: str, response: str, **columns: Any) -> Row:
    """Return a row: a question, how an aligned model responds to it, and the columns that its benchmark reads."""
    return {"benchmark": benchmark, "prompt": prompt, "response": response, **columns}


def read_list(name: str) -> list[list[str]]:
    """Return the fields of each line of a list of this package, which bars separate."""
    text = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
    return [[field.strip() for field in line.split("|")] for line in text.splitlines()]


def in_turn(options: Sequence[str], number: int) -> str:
    """Return one of several texts, each as often as the others."""
    return options[number % len(options)]


def capitalized(text: str) -> str:
    """Return a text with a capital letter at its beginning; the others stay as they are."""
    return text[:1].upper() + text[1:]
