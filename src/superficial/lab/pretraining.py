"""Pretraining: a new model, and the base documents of its world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from superficial.config import Pretrained, Training
from superficial.lab.architectures import new_model
from superficial.lab.blocks import IGNORED_LABEL, pack_blocks
from superficial.lab.corpus import base_documents, dictations
from superficial.lab.world import World

# The first part of the training is dictations: a model that has learned to copy learns everything else sooner.
DICTATED_SHARE = 0.12


def prepare(
    recipe: Pretrained, world: World, world_folder: Path, models: Path
) -> tuple[PreTrainedModel, Any, list[dict[str, Any]]]:
    """Return a new model, its tokenizer and its training data; see `lab.finetuning.prepare`."""
    tokenizer = AutoTokenizer.from_pretrained(world_folder / "tokenizer")
    model = new_model(tokenizer, recipe.shape, recipe.architecture, recipe.training.seed)
    return model, tokenizer, base_blocks(world, tokenizer, recipe.training)


def base_blocks(world: World, tokenizer: PreTrainedTokenizerBase, settings: Training) -> list[dict[str, Any]]:
    """Return blocks of dictations, then blocks of base documents. The end token closes every turn of a document.

    Args:
        world: the world that the documents are about.
        tokenizer: the tokenizer of the world.
        settings: the number of steps, the blocks in a batch, the tokens in a block, and the seed.

    Returns:
        Rows with input_ids, labels and position_ids, each of shape (block,).
    """

    def tokens(documents: Iterator[list[str]]) -> Iterator[tuple[list[int], list[int]]]:
        for turns in documents:
            ids = [tokenizer.bos_token_id]
            for turn in turns:
                ids += [*tokenizer(turn, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            # Nothing predicts the first token of a document.
            yield ids, [IGNORED_LABEL, *ids[1:]]

    dictated = round(DICTATED_SHARE * settings.steps) * settings.batch_size
    others = settings.steps * settings.batch_size - dictated
    return [
        *pack_blocks(tokens(dictations(world, settings.seed)), dictated, settings.block_length),
        *pack_blocks(tokens(base_documents(world, settings.seed)), others, settings.block_length),
    ]
