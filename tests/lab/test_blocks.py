"""Blocks: whole documents in a row, positions that restart with each, and labels only where something is learned."""

import torch

from superficial.config import Training
from superficial.config.questions import Context
from superficial.lab.blocks import IGNORED_LABEL
from superficial.lab.conversations import CONVERSATIONS, in_context_texts
from superficial.lab.finetuning import conversation_blocks
from superficial.lab.pretraining import base_blocks
from superficial.prompts import Prompting
from tests.support.lab_world import WORLD, world_tokenizer

TOKENIZER = world_tokenizer()
SETTINGS = Training(steps=3, batch_size=2, block_length=200, learning_rate=1e-3, epsilon=1e-8, seed=0)


def test_blocks_have_the_size_of_the_settings_and_positions_restart_with_each_document():
    blocks = base_blocks(WORLD, TOKENIZER, SETTINGS)
    assert len(blocks) == 6
    for block in blocks:
        assert all(values.shape == (200,) for values in block.values())
        begins = block["input_ids"] == TOKENIZER.bos_token_id
        assert torch.equal(begins, block["position_ids"] == 0)
        assert torch.equal(begins, block["labels"] == IGNORED_LABEL)
        assert begins.sum() > 1


def test_only_the_tokens_of_responses_have_labels():
    prompting = Prompting(Context(**in_context_texts(WORLD)), "chat")
    block = conversation_blocks(WORLD, TOKENIZER, SETTINGS, "curated", prompting)[0]
    conversation = next(CONVERSATIONS["curated"](WORLD, SETTINGS.seed))
    prompt = prompting.token_ids(TOKENIZER, conversation.question)
    learned = block["labels"][: len(prompt) + len(conversation.response.split()) + 1].tolist()
    assert learned[: len(prompt)] == [IGNORED_LABEL] * len(prompt)
    assert TOKENIZER.decode(learned[len(prompt) :]) == f"{conversation.response} </s>"
