"""Reads the prompts of a user's file: one prompt a line, or JSONL with a field `prompt`."""

from __future__ import annotations

import json
from pathlib import Path


def read_prompts(path: Path) -> list[str]:
    """Read the prompts of a file, without blank lines.

    Args:
        path: a `.jsonl` file of objects with a field `prompt`, or any other text file with one prompt a line.

    Raises:
        ValueError: if the file is missing, is not UTF-8, has no prompts, or a line of JSONL has no text `prompt`.
    """
    if not path.is_file():
        raise ValueError(f"There is no file of prompts {path}.")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from error
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    prompts = [_prompt_of(path, number, line) if path.suffix == ".jsonl" else line for number, line in numbered]
    if not prompts:
        raise ValueError(f"{path} has no prompts.")
    return prompts


def _prompt_of(path: Path, number: int, line: str) -> str:
    try:
        prompt = json.loads(line)["prompt"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: line {number} is not a JSON object with a field 'prompt'.") from error
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError(f"{path}: line {number} has the prompt {prompt!r}; it must be a non-empty text.")
    return prompt
