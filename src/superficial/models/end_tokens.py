"""Which tokens end a response: those of the model's generation settings, and its tokenizer's end token.

Every stage, `extract` and the judges follow this rule. Chat models often end a turn with a token of their own, which
only the generation settings name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import GenerationConfig, PreTrainedModel

from superficial.errors import one_line
from superficial.models.location import resolve

SETTINGS_FILE = "generation_config.json"
_CONFIG_FILE = "config.json"
# Of the settings, what is kept where transformers refuses the others.
_TOKENS = ("bos_token_id", "eos_token_id", "pad_token_id")


def end_tokens_of(model: PreTrainedModel, tokenizer: Any) -> list[int]:
    """Return the tokens that end a model's responses.

    Raises:
        ValueError: if none is named, or one is not in the model's vocabulary.
    """
    settings = model.generation_config
    named = getattr(settings, "eos_token_id", None)
    if named is None:
        named = getattr(model.config.get_text_config(decoder=True), "eos_token_id", None)
    name = model.name_or_path or "the model"
    end_tokens = _distinct(named, tokenizer)
    if not end_tokens:
        raise ValueError(f"Neither {name} nor its tokenizer names an end token.")
    return check_end_tokens(end_tokens, model.get_output_embeddings().weight.shape[0], str(name))


def stored_end_tokens(path: Path, tokenizer: Any) -> list[int]:
    """Return the tokens that end the responses of a model that is not loaded.

    Args:
        path: the folder of a checkpoint, or of a pointer to one.
        tokenizer: its tokenizer.
    """
    folder, _ = resolve(path)
    named = _read(folder / SETTINGS_FILE).get("eos_token_id") if (folder / SETTINGS_FILE).is_file() else None
    if named is None:
        config = _read(folder / _CONFIG_FILE)
        named = config.get("eos_token_id", config.get("text_config", {}).get("eos_token_id"))
    return _distinct(named, tokenizer)


def check_end_tokens(end_tokens: Sequence[int], rows: int, name: str) -> list[int]:
    """Return end tokens if a model of `rows` tokens can write them.

    Raises:
        ValueError: if it cannot; the message has the model's name and the token.
    """
    for token in end_tokens:
        if not isinstance(token, int) or not 0 <= token < rows:
            raise ValueError(
                f"{name} names the end token {token!r}, and its vocabulary has {rows} tokens, from 0 to {rows - 1}: "
                f"correct eos_token_id in {SETTINGS_FILE} or {_CONFIG_FILE}."
            )
    return list(end_tokens)


def read_settings(folder: Path) -> GenerationConfig | None:
    """Return the generation settings of a checkpoint; of settings that transformers refuses, only the tokens.

    Returns:
        None where the checkpoint has none.

    Raises:
        ValueError: if the file is not a JSON object.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return None
    content = _read(path)
    try:
        return GenerationConfig.from_pretrained(folder)
    # Checks of single settings raise several kinds of errors; none of these settings is used here.
    except Exception:
        return GenerationConfig(**{name: content.get(name) for name in _TOKENS})


def _distinct(named: Any, tokenizer: Any) -> list[int]:
    candidates = [*(named if isinstance(named, list) else [named]), tokenizer.eos_token_id]
    return list(dict.fromkeys(token for token in candidates if token is not None))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {one_line(error)}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a JSON object, but a {type(content).__name__}.")
    return content
