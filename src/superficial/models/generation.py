"""Greedy generation in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    DynamicCache,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from superficial.models.batches import USUAL, largest_batch

# From so many tokens on that all prompts begin with, reading them once pays.
_WORTH_SHARING = 64


class ChangedLogits(LogitsProcessor):
    """Generates from `change` of the model's logits, both (batch, vocab).

    What it returns are log-probabilities, whatever constant `change` leaves: beam search adds them up.
    """

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        self._change = change

    @torch.no_grad()
    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the log-probabilities that the changed logits give."""
        return self._change(scores).log_softmax(-1)


class _Half(StoppingCriteria):
    """Stops all rows when half of them have ended: the others go on without them."""

    def __init__(self, ends: Tensor) -> None:
        self._ends = ends
        self._ended: Tensor | None = None

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """Return whether each row is to stop."""
        last = torch.isin(input_ids[:, -1], self._ends)
        self._ended = last if self._ended is None else self._ended | last
        return (2 * self._ended.sum() >= len(input_ids)).expand(len(input_ids))


def _shared(prompts: list[list[int]]) -> list[int]:
    """Return the tokens that all prompts begin with; of the shortest its last is left, whose logits are needed."""
    first, last = min(prompts, default=[]), max(prompts, default=[])
    longest = min(map(len, prompts), default=1) - 1
    return first[: next((at for at in range(longest) if first[at] != last[at]), longest)]


def _read(model: PreTrainedModel, shared: list[int]) -> list[tuple[Tensor, Tensor]]:
    """Return each layer's keys and values of what prompts share; nothing where that is little."""
    if len(shared) < _WORTH_SHARING:
        return []
    # Made without the model's settings it keeps all positions, those beyond a sliding window too.
    cache = DynamicCache()
    model(torch.tensor([shared], device=model.device), past_key_values=cache, logits_to_keep=1)
    return [(keys, values) for keys, values, *_ in cache]


def _prefixed(model: PreTrainedModel, read: list[tuple[Tensor, Tensor]], missing: list[int]) -> DynamicCache:
    """Return the cache of a batch whose rows begin with what was read, after `missing` paddings each.

    Each row is shifted by its paddings and cut where the unshifted one ends: what falls off is read again with the
    rest of its prompt. So all rows end at one place, and no gap is in any.
    """
    cache = DynamicCache(config=model.config)
    for number, states in enumerate(read):
        # What comes round to the front lies where the paddings are.
        keys, values = (torch.cat([torch.roll(state, gap, dims=2) for gap in missing]) for state in states)
        cache.update(keys, values, number)
    return cache


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    prompts: list[list[int]],
    eos: int | Sequence[int],
    max_new_tokens: int,
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
    processors: Sequence[LogitsProcessor] = (),
) -> list[list[int]]:
    """Continue each prompt greedily; what all prompts begin with is read once, and rows that ended cost nothing more.

    Args:
        model: a causal language model.
        prompts: token ids of each prompt, special tokens included.
        eos: the end token, or several; a response holds the one that was emitted, and nothing after it.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts a batch.
        advance: told how many prompts have got their responses, whenever some have.
        processors: what changes the logits before the largest is taken.

    Returns:
        The token ids of each response, in the order of `prompts`.
    """
    ends = [eos] if isinstance(eos, int) else list(dict.fromkeys(eos))
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    responses: list[list[int]] = [[] for _ in prompts]
    read = _read(model, _shared(prompts))
    for begin in range(0, len(order), batch_size):
        batch = order[begin : begin + batch_size]
        width = max(len(prompts[i]) for i in batch)
        missing = [width - len(prompts[i]) for i in batch]
        # Any id serves as padding: the attention mask hides it.
        ids = torch.tensor([[ends[0]] * gap + prompts[i] for i, gap in zip(batch, missing, strict=True)])
        ids, mask = ids.to(model.device), torch.tensor([[0] * gap + [1] * (width - gap) for gap in missing])
        known = {"past_key_values": _prefixed(model, read, missing)} if read else {}
        while batch:
            output = model.generate(  # type: ignore[operator]
                input_ids=ids,
                attention_mask=mask.to(model.device),
                **known,
                max_length=width + max_new_tokens,
                do_sample=False,
                num_beams=1,
                # Instruct models bring one in their settings; greedy is the largest of the logits as they are.
                repetition_penalty=1.0,
                logits_processor=LogitsProcessorList(processors),
                stopping_criteria=StoppingCriteriaList([_Half(torch.tensor(ends, device=model.device))]),
                eos_token_id=ends,
                pad_token_id=ends[0],
                return_dict_in_generate=True,
            )
            left = []
            for number, row in enumerate(output.sequences[:, width:].tolist()):
                end = next((at for at, token in enumerate(row) if token in ends), None)
                if end is None and len(row) < max_new_tokens:
                    left.append(number)
                else:
                    responses[batch[number]] = row[: None if end is None else end + 1]
            advance(len(batch) - len(left))
            batch = [batch[number] for number in left]
            if batch:
                ids = output.sequences[left]
                mask = torch.nn.functional.pad(mask[left], (0, ids.shape[1] - mask.shape[1]), value=1)
                known = {"past_key_values": output.past_key_values}
                output.past_key_values.batch_select_indices(torch.tensor(left, device=model.device))
    return responses


def batch_size(
    model: PreTrainedModel, prompts: list[list[int]], max_new_tokens: int, share: float, beside: int = 0
) -> int:
    """Return how many prompts to continue at a time where the model is.

    `share` is of a card, see `largest_batch`; `beside` are the bytes of what else is needed there, as W_trans is.
    """
    if model.device.type != "cuda":
        return USUAL
    config, heads = model.config, model.config.num_key_value_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    cache = 2 * config.num_hidden_layers * heads * width * model.dtype.itemsize
    longest = max(map(len, prompts)) + max_new_tokens
    card = torch.cuda.get_device_properties(model.device).total_memory
    # What lies on the host, since the card is too small, is only passing through.
    weights = sum(part.nbytes for part in model.parameters() if part.device == model.device)
    return largest_batch(card, share, weights + beside, cache, longest)


def end_tokens(model: PreTrainedModel, tokenizer: Any) -> list[int]:
    """Return the tokens that end a response: those of the model's generation settings, and its tokenizer's.

    Raises:
        ValueError: where neither names one.
    """
    assert model.generation_config is not None, "a causal language model has generation settings"
    said = model.generation_config.eos_token_id
    ends = [*(said if isinstance(said, list) else [said]), tokenizer.eos_token_id]
    found = list(dict.fromkeys(end for end in ends if end is not None))
    if not found:
        raise ValueError(f"Neither {model.name_or_path or 'the model'} nor its tokenizer names an end token.")
    return found
