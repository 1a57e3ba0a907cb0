"""The procedure of the paper's authors as they run it, written plainly: the other side of `invoke bench`.

Both models read one prompt at a time in step, with a key-value cache; hidden states and logits of all positions stay in
memory; Adam takes 1000 epochs over all rows; evaluation answers prompts in batches of ten. The workflow does not use
it. The tests hold the library to its results, and `invoke bench` compares the time of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

EPOCHS = 1000
LEARNING_RATE = 1e-4
BATCH = 1000
ANSWERED_AT_ONCE = 10


class Reader:
    """A model that reads texts (text, token) piece by piece, and keeps the keys and values of what it has read."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model, self._cache = model, DynamicCache(config=model.config)

    def read(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the final hidden states (text, width) and the logits (text, vocab) at the last tokens.

        Args:
            tokens: the next tokens of each text.
            mask: 1 for each token of each text so far, 0 for padding on its left.
        """
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            output_hidden_states=True,
        )
        return output.hidden_states[-1][:, -1], output.logits[:, -1]


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
    readers = Reader(base), Reader(aligned)
    texts = [torch.tensor([prompt]) for prompt in (base_prompt, aligned_prompt)]
    masks = [torch.ones_like(text) for text in texts]
    tokens: list[int] = []
    steps: list[tuple[Tensor, ...]] = []
    while len(tokens) < max_new_tokens and end_token not in tokens:
        states = [reader.read(text, mask) for reader, text, mask in zip(readers, texts, masks, strict=True)]
        (base_hidden, base_logits), (aligned_hidden, aligned_logits) = states
        steps.append((base_hidden[0], base_logits[0], aligned_hidden[0], aligned_logits[0]))
        chosen = aligned_logits.argmax(-1, keepdim=True)
        tokens.append(int(chosen))
        texts = [chosen, chosen]
        masks = [torch.nn.functional.pad(mask, (0, 1), value=1) for mask in masks]
    return Steps(tokens, *(torch.stack(column) for column in zip(*steps, strict=True)))


@torch.inference_mode()
def answer(
    model: PreTrainedModel, delta: Tensor | None, prompts: list[list[int]], end_token: int, max_new_tokens: int
) -> list[list[int]]:
    """Generate responses greedily, a batch of prompts at a time, with dW h added to the logits at each step.

    Args:
        model: the model that responds.
        delta: dW (vocab, width); None: the model's own logits.
        prompts: token ids of each prompt.
        end_token: the token that ends a response.
        max_new_tokens: the longest response.
    """
    responses = []
    for begin in range(0, len(prompts), ANSWERED_AT_ONCE):
        batch = prompts[begin : begin + ANSWERED_AT_ONCE]
        width = max(map(len, batch))
        text = torch.tensor([[end_token] * (width - len(prompt)) + prompt for prompt in batch])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in batch])
        reader = Reader(model)
        chosen: list[Tensor] = []
        ended = torch.zeros(len(batch), dtype=torch.bool)
        while len(chosen) < max_new_tokens and not ended.all():
            hidden, logits = reader.read(text, mask)
            chosen.append((logits if delta is None else logits + hidden @ delta.T).argmax(-1))
            ended |= chosen[-1] == end_token
            text, mask = chosen[-1][:, None], torch.nn.functional.pad(mask, (0, 1), value=1)
        for row in torch.stack(chosen, 1).tolist():
            responses.append(row[: row.index(end_token) + 1] if end_token in row else row)
    return responses


def distil(
    hidden: Tensor,
    base_logits: Tensor,
    aligned_logits: Tensor,
    epochs: int,
    random_start: bool = False,
    after_epoch: Callable[[Tensor], None] = lambda delta: None,
) -> Tensor:
    """Train dW with the paper's settings: Adam at 1e-4, batches of 1000 positions, all logits in memory.

    Args:
        hidden: final hidden states of the base model (position, width).
        base_logits: its logits at these positions (position, vocab).
        aligned_logits: the logits of the aligned model (position, vocab).
        epochs: how many times to go through all positions.
        random_start: start at the random values of a new linear layer, as the official code does, and not at 0.
        after_epoch: called with dW after each epoch.

    Returns:
        dW (vocab, width).
    """
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    teacher = aligned_logits.softmax(-1)
    layer = torch.nn.Linear(hidden.shape[1], base_logits.shape[1], bias=False)
    if not random_start:
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
