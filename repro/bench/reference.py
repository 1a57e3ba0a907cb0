"""The paper's own procedure, written plainly: one prompt at a time, both models in step; the oracle and the slow side.

Nothing here is used by the reproduction. It is what the tests compare the library with, and what `invoke bench` times
the library against. The models' key-value caches are used, so that the comparison is with a loop somebody would write.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

PAPER_EPOCHS = 1000
PAPER_LEARNING_RATE = 1e-4
PAPER_BATCH = 1000


class Decoder:
    """One model reading one text token by token, its cache kept."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._cache = None

    def read(self, tokens: list[int]) -> tuple[Tensor, Tensor]:
        """Read more tokens; return the final hidden state (width) and the logits (vocab) at the last of them."""
        out = self._model(
            input_ids=torch.tensor([tokens]), past_key_values=self._cache, use_cache=True, output_hidden_states=True
        )
        self._cache = out.past_key_values
        return out.hidden_states[-1][0, -1], out.logits[0, -1]


@dataclass(frozen=True)
class Steps:
    """What the loop saw at each response position: tokens, and both models' states and logits, one row a position."""

    tokens: list[int]
    base_hidden: Tensor
    aligned_hidden: Tensor
    base_logits: Tensor
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
    readers, seen = (Decoder(base), Decoder(aligned)), ([], [])
    feeds, tokens = [base_prompt, aligned_prompt], []
    while len(tokens) < max_new_tokens and eos not in tokens:
        for reader, feed, rows in zip(readers, feeds, seen, strict=True):
            rows.append(reader.read(feed))
        tokens.append(int(seen[1][-1][1].argmax()))
        feeds = [[tokens[-1]], [tokens[-1]]]
    (base_hidden, base_logits), (aligned_hidden, aligned_logits) = (
        (torch.stack(column) for column in zip(*rows, strict=True)) for rows in seen
    )
    return Steps(tokens, base_hidden, aligned_hidden, base_logits, aligned_logits)


@torch.inference_mode()
def answer(model: PreTrainedModel, delta: Tensor, prompt: list[int], eos: int, max_new_tokens: int) -> list[int]:
    """Answer one question greedily by a base model whose logits get dW h added at each step."""
    reader, tokens, feed = Decoder(model), [], prompt
    while len(tokens) < max_new_tokens and eos not in tokens:
        hidden, logits = reader.read(feed)
        tokens.append(int((logits + delta @ hidden).argmax()))
        feed = [tokens[-1]]
    return tokens


def distil(
    hidden: Tensor, base_logits: Tensor, aligned_logits: Tensor, epochs: int, seed: int
) -> tuple[Tensor, list[Tensor]]:
    """Learn dW as the paper says: Adam at 1e-4, batches of 1000 positions, targets and base logits held dense.

    Returns:
        dW (vocab, width) after the last epoch, and after each.
    """
    generator = torch.Generator().manual_seed(seed)
    target = aligned_logits.softmax(-1)
    layer = torch.nn.Linear(hidden.shape[1], base_logits.shape[1], bias=False)
    torch.nn.init.zeros_(layer.weight)
    optimizer = torch.optim.Adam(layer.parameters(), lr=PAPER_LEARNING_RATE)
    states = []
    for _ in range(epochs):
        for at in torch.randperm(len(hidden), generator=generator).split(PAPER_BATCH):
            student = (base_logits[at] + layer(hidden[at])).log_softmax(-1)
            loss = torch.nn.functional.kl_div(student, target[at], reduction="batchmean")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        states.append(layer.weight.detach().clone())
    return states[-1], states
