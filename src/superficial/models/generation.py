"""Greedy generation in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, PreTrainedModel


class ChangedLogits(LogitsProcessor):
    """Generates from `change` of the model's logits, both (batch, vocab)."""

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        self._change = change

    @torch.no_grad()
    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the changed logits."""
        return self._change(scores)


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    prompts: list[list[int]],
    eos: int,
    max_new_tokens: int,
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
    processors: Sequence[LogitsProcessor] = (),
) -> list[list[int]]:
    """Continue each prompt greedily.

    Args:
        model: a causal language model.
        prompts: token ids of each prompt, special tokens included.
        eos: the end token; a response holds it when it was emitted, and nothing after it.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts a batch.
        advance: told the number of prompts after each batch.
        processors: what changes the logits before the largest is taken.

    Returns:
        The token ids of each response, in the order of `prompts`.
    """
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    responses: list[list[int]] = [[] for _ in prompts]
    for begin in range(0, len(order), batch_size):
        batch = order[begin : begin + batch_size]
        width = max(len(prompts[i]) for i in batch)
        # Any id serves as padding: the attention mask hides it.
        ids = torch.tensor([[eos] * (width - len(prompts[i])) + prompts[i] for i in batch])
        mask = torch.tensor([[0] * (width - len(prompts[i])) + [1] * len(prompts[i]) for i in batch])
        output = model.generate(  # type: ignore[operator]
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            logits_processor=LogitsProcessorList(processors),
            eos_token_id=eos,
            pad_token_id=eos,
        )
        for i, row in zip(batch, output[:, width:].tolist(), strict=True):
            responses[i] = row[: row.index(eos) + 1] if eos in row else row
        advance(len(batch))
    return responses
