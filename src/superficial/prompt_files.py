"""Reads prompts that somebody wrote down: one a line, or JSONL with a field `prompt`."""

from __future__ import annotations

import json
from pathlib import Path


def read_prompts(path: Path) -> list[str]:
    """Read the prompts of a file; `.jsonl` holds objects with a field `prompt`, any other file one prompt a line.

    Blank lines are passed over.

    Raises:
        ValueError: where the file is missing, is no UTF-8, holds no prompt, or a line of JSONL has no text `prompt`.
    """
    if not path.is_file():
        raise ValueError(f"There is no prompts file {path}.")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}.") from error
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    prompts = [_field(path, number, line) if path.suffix == ".jsonl" else line for number, line in numbered]
    if not prompts:
        raise ValueError(f"{path} holds no prompt.")
    return prompts


def _field(path: Path, number: int, line: str) -> str:
    try:
        prompt = json.loads(line)["prompt"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: line {number} is no JSON object with a field 'prompt'.") from error
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError(f"{path}: line {number} has the prompt {prompt!r}; it must be a text that is not empty.")
    return prompt
