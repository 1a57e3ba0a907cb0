"""Training data as blocks of tokens of equal length, packed from documents or from conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from superficial.config import Training
from superficial.lab.conversations import CONVERSATIONS
from superficial.lab.corpus import base_documents
from superficial.lab.world import World
from superficial.prompts import Prompting

IGNORED_LABEL = -100


def base_blocks(world: World, tokenizer: PreTrainedTokenizerBase, settings: Training) -> list[dict[str, Any]]:
    """Return blocks of base documents. The end token closes every turn of a document.

    Args:
        world: the world that the documents are about.
        tokenizer: the tokenizer of the world.
        settings: the number of steps, the blocks in a batch, the tokens in a block, and the seed.

    Returns:
        Rows with input_ids, labels and position_ids, each of shape (block,).
    """

    def documents() -> Iterator[tuple[list[int], list[int]]]:
        for turns in base_documents(world, settings.seed):
            ids = [tokenizer.bos_token_id]
            for turn in turns:
                ids += [*tokenizer(turn, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            # Nothing predicts the first token of a document.
            yield ids, [IGNORED_LABEL, *ids[1:]]

    return _pack(documents(), settings)


def conversation_blocks(
    world: World, tokenizer: PreTrainedTokenizerBase, settings: Training, data: str, prompting: Prompting
) -> list[dict[str, Any]]:
    """Return blocks of conversations, in which only the tokens of responses have labels.

    Args:
        world: the world that the conversations are about.
        tokenizer: the tokenizer of the world.
        settings: the number of steps, the blocks in a batch, the tokens in a block, and the seed.
        data: one of `CONVERSATIONS`.
        prompting: how a question becomes a prompt.

    Returns:
        Rows with input_ids, labels and position_ids, each of shape (block,).
    """

    def documents() -> Iterator[tuple[list[int], list[int]]]:
        for conversation in CONVERSATIONS[data](world, settings.seed):
            prompt = prompting.token_ids(tokenizer, conversation.question)
            response = tokenizer(conversation.response, add_special_tokens=False)["input_ids"]
            response = [*response, tokenizer.eos_token_id]
            yield prompt + response, [IGNORED_LABEL] * len(prompt) + response

    return _pack(documents(), settings)


def _pack(documents: Iterator[tuple[list[int], list[int]]], settings: Training) -> list[dict[str, Any]]:
    """Pack documents, given as token ids and labels, into blocks. The last document of a block is cut.

    Positions start at 0 in each document, which keeps documents of a block from attending to each other.
    """
    blocks = []
    for _ in range(settings.steps * settings.batch_size):
        ids: list[int] = []
        labels: list[int] = []
        positions: list[int] = []
        while len(ids) < settings.block_length:
            document_ids, document_labels = next(documents)
            ids += document_ids
            labels += document_labels
            positions += range(len(document_ids))
        columns = {"input_ids": ids, "labels": labels, "position_ids": positions}
        blocks.append({name: torch.tensor(column[: settings.block_length]) for name, column in columns.items()})
    return blocks
