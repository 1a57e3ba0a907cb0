"""The paper's own procedure, written plainly: one prompt at a time, one token at a time, without any reuse.

The workflow does not use it. The tests compare the library's results with it, and `invoke bench` compares its speed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

EPOCHS = 1000
LEARNING_RATE = 1e-4
BATCH = 1000


def hidden_and_logits(model: PreTrainedModel, tokens: list[int]) -> tuple[Tensor, Tensor]:
    """Return the final hidden state (width) and the logits (vocab) at the last token of a text."""
    output = model(input_ids=torch.tensor([tokens]), use_cache=False, output_hidden_states=True)
    return output.hidden_states[-1][0, -1], output.logits[0, -1]


@dataclass(frozen=True)
class Steps:
    """A response, and at each of its positions the hidden state (width) and logits (vocab) of both models."""

    tokens: list[int]
    base_hidden: Tensor
    base_logits: Tensor
    aligned_hidden: Tensor
    aligned_logits: Tensor


@torch.inference_mode()
def extract(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    base_prompt: list[int],
    aligned_prompt: list[int],
    end_token: int,
    max_new_tokens: int,
) -> Steps:
    """Generate a response greedily with the aligned model, while the base model reads the same response."""
    tokens: list[int] = []
    steps: list[tuple[Tensor, ...]] = []
    while len(tokens) < max_new_tokens and end_token not in tokens:
        base_step = hidden_and_logits(base, base_prompt + tokens)
        aligned_step = hidden_and_logits(aligned, aligned_prompt + tokens)
        steps.append((*base_step, *aligned_step))
        tokens.append(int(aligned_step[1].argmax()))
    return Steps(tokens, *(torch.stack(column) for column in zip(*steps, strict=True)))


@torch.inference_mode()
def answer(model: PreTrainedModel, delta: Tensor, prompt: list[int], end_token: int, max_new_tokens: int) -> list[int]:
    """Generate a response greedily with a base model to whose logits dW h is added at each step."""
    tokens: list[int] = []
    while len(tokens) < max_new_tokens and end_token not in tokens:
        hidden, logits = hidden_and_logits(model, prompt + tokens)
        tokens.append(int((logits + delta @ hidden).argmax()))
    return tokens


def distil(
    hidden: Tensor,
    base_logits: Tensor,
    aligned_logits: Tensor,
    epochs: int,
    after_epoch: Callable[[Tensor], None] = lambda delta: None,
) -> Tensor:
    """Learn dW with the paper's settings: Adam at 1e-4, batches of 1000 positions, all logits in memory.

    Args:
        hidden: final hidden states of the base model (position, width).
        base_logits: its logits at these positions (position, vocab).
        aligned_logits: the logits of the aligned model (position, vocab).
        epochs: how many times to go through all positions.
        after_epoch: called with dW after each epoch.

    Returns:
        dW (vocab, width).
    """
    generator = torch.Generator().manual_seed(0)
    teacher = aligned_logits.softmax(-1)
    layer = torch.nn.Linear(hidden.shape[1], base_logits.shape[1], bias=False)
    torch.nn.init.zeros_(layer.weight)
    optimizer = torch.optim.Adam(layer.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        for batch in torch.randperm(len(hidden), generator=generator).split(BATCH):
            student = (base_logits[batch] + layer(hidden[batch])).log_softmax(-1)
            loss = torch.nn.functional.kl_div(student, teacher[batch], reduction="batchmean")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        after_epoch(layer.weight.detach())
    return layer.weight.detach()
