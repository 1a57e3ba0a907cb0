"""Training data as blocks of tokens of equal length, packed from documents or conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

IGNORED_LABEL = -100


def pack_blocks(documents: Iterator[tuple[list[int], list[int]]], count: int, length: int) -> list[dict[str, Any]]:
    """Pack documents, given as token ids and labels, into `count` blocks. The last document of a block is cut.

    Positions start at 0 in each document, which keeps documents of a block from attending to each other.
    """
    blocks = []
    for _ in range(count):
        ids: list[int] = []
        labels: list[int] = []
        positions: list[int] = []
        while len(ids) < length:
            document_ids, document_labels = next(documents)
            ids += document_ids
            labels += document_labels
            positions += range(len(document_ids))
        columns = {"input_ids": ids, "labels": labels, "position_ids": positions}
        blocks.append({name: torch.tensor(column[:length]) for name, column in columns.items()})
    return blocks
