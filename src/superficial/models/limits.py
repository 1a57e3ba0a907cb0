"""What a model can read: tokens that have an embedding, and as many positions as it has."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from transformers import PreTrainedModel

# Tables of positions are named so: wpe, embed_positions, position_embeddings, pos_encoding and others.
_POSITIONS = re.compile(r"(^|\.)\w*(wpe|pos)\w*(\.weight)?$")
# The settings that say how many there are.
_LIMITS = ("max_position_embeddings", "max_target_positions", "max_seq_len")
# One computes biases for as many distances; the other has a table in two factors.
_LIMITED_WITHOUT_TABLE = ("mpt", "reformer")
# Some tables begin with up to two rows for padding.
_LARGEST_OFFSET = 2


def check_texts(model: PreTrainedModel, texts: Sequence[list[int]], growth: int = 0) -> None:
    """Check that a model can read texts.

    Args:
        model: a causal language model.
        texts: token ids of each text.
        growth: tokens that are added to each text, at most.

    Raises:
        ValueError: if a text has no token, a token has no embedding, or a text is longer than a model with a table of
            positions can read; the message has the number of the first such text.
    """
    embeddings: Any = model.get_input_embeddings()
    rows, positions = len(embeddings.weight), position_limit(model)
    for number, text in enumerate(texts):
        name = f"Prompt {number + 1} of {len(texts)}"
        if not text:
            raise ValueError(f"{name} has no tokens.")
        if not 0 <= min(text) <= max(text) < rows:
            token = next(token for token in text if not 0 <= token < rows)
            raise ValueError(
                f"{name} has the token {token}, and {_name(model)} has embeddings of {rows} tokens only: its "
                "tokenizer has tokens that were added without resizing the model."
            )
        if len(text) + growth > positions:
            response = f" and a response of up to {growth}" if growth else ""
            raise ValueError(
                f"{name} has {len(text)} tokens{response}; {_name(model)} has {positions} positions. Shorten the "
                "prompts or the responses."
            )


def position_limit(model: PreTrainedModel) -> float:
    """Return how many positions a model has: the rows of its table of positions, or infinity without such a table."""
    config = model.config.get_text_config(decoder=True)
    limit = next((getattr(config, name) for name in _LIMITS if getattr(config, name, None)), None)
    if limit is None:
        return math.inf
    if config.model_type in _LIMITED_WITHOUT_TABLE:
        return int(limit)
    sizes = range(limit, limit + _LARGEST_OFFSET + 1)
    for name, table in chain(model.named_parameters(), model.named_buffers()):
        if _POSITIONS.search(name) and table.ndim > 1 and set(table.shape) & set(sizes):
            return int(limit)
    return math.inf


def _name(model: PreTrainedModel) -> str:
    return str(model.name_or_path or f"this {model.config.model_type}")
