"""Writes responses with several models in step: each reads the same response after its own form of the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from superficial.models.batching import allows_padding, can_cache
from superficial.models.limits import check_texts
from superficial.models.rope import reset_positions

# From each model's logits to the next tokens.
Choice = Callable[[list[Float[Tensor, "row vocab"]]], Int[Tensor, " row"]]


@dataclass(frozen=True)
class Reader:
    """A model, and the token ids of all prompts as it reads them."""

    model: PreTrainedModel
    prompts: list[list[int]]


@torch.inference_mode()
def write_in_step(
    readers: Sequence[Reader],
    choose: Choice,
    end_tokens: Sequence[int],
    max_new_tokens: int,
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
) -> list[list[int]]:
    """Return responses whose every token is chosen from the logits of all models.

    Args:
        readers: the models, each with the same prompts in its own form.
        choose: from the logits of each model, in float32 and in the order of `readers`, to the next token of each row.
        end_tokens: a response includes the first one, and nothing after it.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts in a batch; 1 where a model must not be padded.
        advance: called with the number of new responses.

    Raises:
        ValueError: if a model cannot keep the states of earlier tokens, or read a prompt.
    """
    for reader in readers:
        check_texts(reader.model, reader.prompts, max_new_tokens)
        if not can_cache(reader.model):
            raise ValueError(f"{reader.model.config.model_type} cannot keep the states of earlier tokens.")
    size = batch_size if all(allows_padding(reader.model) for reader in readers) else 1
    count = len(readers[0].prompts)
    order = sorted(range(count), key=lambda number: len(readers[0].prompts[number]))
    responses: list[list[int]] = [[] for _ in range(count)]
    for begin in range(0, count, size):
        numbers = order[begin : begin + size]
        states = [_State(reader.model, [reader.prompts[number] for number in numbers]) for reader in readers]
        for number, response in zip(numbers, _write(states, choose, end_tokens, max_new_tokens), strict=True):
            responses[number] = response
        advance(len(numbers))
    return responses


class _State:
    """What a model has read of a batch."""

    def __init__(self, model: PreTrainedModel, prompts: list[list[int]]) -> None:
        reset_positions(model)
        width = max(map(len, prompts))
        self._model, self._cache = model, DynamicCache(config=model.config)
        # Any token serves as padding: the mask hides it.
        self._mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        self.next = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in prompts])

    def read(self) -> Float[Tensor, "row vocab"]:
        """Read `next`; return the logits of what follows."""
        device, new = self._model.device, self.next.shape[1]
        positions = (self._mask.cumsum(-1) - 1).clamp(min=0)[:, -new:]
        extra: dict[str, Any] = {"position_ids": positions.to(device)} if allows_padding(self._model) else {}
        output = self._model(
            input_ids=self.next.to(device),
            attention_mask=self._mask.to(device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **extra,
        )
        logits: Tensor = output.logits[:, -1].float().cpu()
        return logits

    def append(self, tokens: Int[Tensor, " row"]) -> None:
        """Let `tokens` be what is read next."""
        self.next = tokens[:, None]
        self._mask = torch.nn.functional.pad(self._mask, (0, 1), value=1)


def _write(states: list[_State], choose: Choice, end_tokens: Sequence[int], max_new_tokens: int) -> list[list[int]]:
    ends = torch.tensor(list(end_tokens))
    written: list[Tensor] = []
    ended = torch.zeros(len(states[0].next), dtype=torch.bool)
    while len(written) < max_new_tokens and not ended.all():
        tokens = choose([state.read() for state in states])
        for state in states:
            state.append(tokens)
        written.append(tokens)
        ended |= torch.isin(tokens, ends)
    return [_until_end(row, set(end_tokens)) for row in torch.stack(written, dim=1).tolist()]


def _until_end(tokens: list[int], end_tokens: set[int]) -> list[int]:
    end = next((at for at, token in enumerate(tokens) if token in end_tokens), None)
    return tokens[: None if end is None else end + 1]
