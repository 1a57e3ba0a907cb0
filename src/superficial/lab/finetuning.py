"""Fine-tuning: an earlier model, and conversations in its world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from superficial.config import Finetuned, Training
from superficial.lab.architectures import set_trained_parameters
from superficial.lab.blocks import IGNORED_LABEL, pack_blocks
from superficial.lab.conversations import CONVERSATIONS
from superficial.lab.world import World
from superficial.models.loading import load_model
from superficial.prompts import Prompting, read_context


def prepare(
    recipe: Finetuned, world: World, world_folder: Path, models: Path
) -> tuple[PreTrainedModel, Any, list[dict[str, Any]]]:
    """Return the model to start from, its tokenizer and its training data.

    Args:
        recipe: the recipe of the model.
        world: the world of the training data.
        world_folder: the folder with the tokenizer and the context of the world.
        models: the folder with the models that are already trained.
    """
    prompting = Prompting(read_context(world_folder / "context.json"), recipe.prompt_format)
    model, tokenizer = load_model(models / recipe.starts_from)
    set_trained_parameters(model, recipe.trained_parameters)
    return model, tokenizer, conversation_blocks(world, tokenizer, recipe.training, recipe.data, prompting)


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

    return pack_blocks(documents(), settings.steps * settings.batch_size, settings.block_length)
