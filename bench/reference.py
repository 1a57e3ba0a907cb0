"""The paper's own procedure, written plainly: one prompt at a time, both models in step; the oracle and the slow side.

Nothing here is used by the reproduction. It is what the tests compare the library with, and what `invoke bench` times
the library against. Nothing is reused from one token, prompt or epoch to the next.
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


def read(model: PreTrainedModel, tokens: list[int]) -> tuple[Tensor, Tensor]:
    """Return the final hidden state (width) and the logits (vocab) at the last token of a text."""
    out = model(input_ids=torch.tensor([tokens]), use_cache=False, output_hidden_states=True)
    return out.hidden_states[-1][0, -1], out.logits[0, -1]


@dataclass(frozen=True)
class Steps:
    """What the loop saw: the response's tokens, and both models' states and logits, one row a response position."""

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
    eos: int,
    max_new_tokens: int,
) -> Steps:
    """Decode one prompt greedily by the aligned model, the base reading the same response."""
    tokens: list[int] = []
    seen: list[tuple[Tensor, ...]] = []
    while len(tokens) < max_new_tokens and eos not in tokens:
        seen.append((*read(base, base_prompt + tokens), *read(aligned, aligned_prompt + tokens)))
        tokens.append(int(seen[-1][-1].argmax()))
    return Steps(tokens, *(torch.stack(column) for column in zip(*seen, strict=True)))


@torch.inference_mode()
def answer(model: PreTrainedModel, delta: Tensor, prompt: list[int], eos: int, max_new_tokens: int) -> list[int]:
    """Answer one question greedily by a base model whose logits get dW h added at each step."""
    tokens: list[int] = []
    while len(tokens) < max_new_tokens and eos not in tokens:
        hidden, logits = read(model, prompt + tokens)
        tokens.append(int((logits + delta @ hidden).argmax()))
    return tokens


def distil(
    hidden: Tensor,
    base_logits: Tensor,
    aligned_logits: Tensor,
    epochs: int,
    each: Callable[[Tensor], None] = lambda _: None,
) -> Tensor:
    """Learn dW (vocab, width) as the paper says: Adam at 1e-4, batches of 1000 positions, everything held dense.

    `each` is shown dW after each epoch.
    """
    generator = torch.Generator().manual_seed(0)
    target = aligned_logits.softmax(-1)
    layer = torch.nn.Linear(hidden.shape[1], base_logits.shape[1], bias=False)
    torch.nn.init.zeros_(layer.weight)
    optimizer = torch.optim.Adam(layer.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        for at in torch.randperm(len(hidden), generator=generator).split(BATCH):
            student = (base_logits[at] + layer(hidden[at])).log_softmax(-1)
            loss = torch.nn.functional.kl_div(student, target[at], reduction="batchmean")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        each(layer.weight.detach())
    return layer.weight.detach()
