"""Greedy generation in batches of prompts of similar length."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from superficial.models.batches import DEFAULT_BATCH, largest_batch
from superficial.models.batching import Batch, plan_batches
from superficial.models.end_tokens import check_end_tokens
from superficial.models.limits import check_texts
from superficial.models.rope import reset_positions
from superficial.models.shared_prefix import KeysAndValues, cache_with_prefix, read_prefix, shared_prefix


class ChangedLogits(LogitsProcessor):
    """Replaces the model's logits (batch, vocab) with the log-probabilities of `change(logits)`.

    They are normalized because beam search adds them up, and `change` may leave any constant.
    """

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        self._change = change

    @torch.no_grad()
    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the log-probabilities of the changed logits."""
        return self._change(scores).log_softmax(-1)


class _FiniteLogits(LogitsProcessor):
    """Refuses logits that are NaN or infinite: the largest of them would be any token. -inf rules a token out."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the logits as they are."""
        if not (scores < math.inf).all():
            raise ValueError(
                f"The logits of {self._name} are not finite after {input_ids.shape[1]} tokens in {scores.dtype}: its "
                "weights are damaged, it needs a different dtype, or a head is too strong."
            )
        return scores


class _HalfEnded(StoppingCriteria):
    """Stops a batch when half of its rows have ended; `generate` continues the others in a smaller batch."""

    def __init__(self, end_tokens: Tensor) -> None:
        self._end_tokens = end_tokens
        self._ended: Tensor | None = None

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """Return for each row whether to stop; the same for all."""
        ends_now = torch.isin(input_ids[:, -1], self._end_tokens)
        self._ended = ends_now if self._ended is None else self._ended | ends_now
        return (2 * self._ended.sum() >= len(input_ids)).expand(len(input_ids))


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    prompts: list[list[int]],
    end_tokens: int | Sequence[int],
    max_new_tokens: int,
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
    processors: Sequence[LogitsProcessor] = (),
) -> list[list[int]]:
    """Continue each prompt greedily.

    Each response is what the largest logits make it, whatever generation settings came with the model, and the same as
    for the prompt alone. A beginning that all prompts share is read once, and rows that have ended leave their batch,
    where the architecture allows it, see `plan_batches`.

    Args:
        model: a causal language model.
        prompts: token ids of each prompt, special tokens included.
        end_tokens: one or several; a response includes the first one that is generated, and nothing after it.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts in a batch.
        advance: called with the number of new responses, whenever some are complete.
        processors: change the logits before the largest is taken.

    Returns:
        The token ids of each response, in the order of `prompts`.

    Raises:
        ValueError: if the model cannot read a prompt, see `check_texts`, or cannot write an end token, or if logits are
            not finite.
    """
    check_texts(model, prompts, max_new_tokens)
    end_tokens = [end_tokens] if isinstance(end_tokens, int) else list(dict.fromkeys(end_tokens))
    check_end_tokens(end_tokens, model.get_output_embeddings().weight.shape[0], "This run")
    responses: list[list[int]] = [[] for _ in prompts]
    batches = plan_batches(model, list(map(len, prompts)), batch_size, max_new_tokens)
    reset_positions(model)
    prefix = read_prefix(model, shared_prefix(prompts)) if any(batch.editable for batch in batches) else []
    with _own_settings_ignored(model):
        for batch in batches:
            reset_positions(model)
            for finished in _generate_batch(model, prompts, batch, prefix, end_tokens, max_new_tokens, processors):
                for number, response in finished.items():
                    responses[number] = response
                advance(len(finished))
    return responses


@contextmanager
def _own_settings_ignored(model: PreTrainedModel) -> Iterator[None]:
    """Give a model empty generation settings while the block runs.

    Its own may forbid tokens, change logits, limit the length, choose a cache, or be refused by transformers. Greedy
    means the largest logit, whatever they say.
    """
    own = model.generation_config
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = own


def _generate_batch(
    model: PreTrainedModel,
    all_prompts: list[list[int]],
    batch: Batch,
    prefix: list[KeysAndValues],
    end_tokens: list[int],
    max_new_tokens: int,
    processors: Sequence[LogitsProcessor],
) -> Iterator[dict[int, list[int]]]:
    """Yield responses by the numbers of their prompts.

    In an editable batch they are yielded each time that half of the remaining rows have ended; otherwise all at once.
    """
    rows = batch.numbers
    prompts = [all_prompts[number] for number in rows]
    width = max(map(len, prompts))
    paddings = [width - len(prompt) for prompt in prompts]
    # Any id serves as padding: the attention mask hides it.
    padded = [[end_tokens[0]] * padding + prompt for padding, prompt in zip(paddings, prompts, strict=True)]
    ids = torch.tensor(padded).to(model.device)
    mask = torch.tensor([[0] * padding + [1] * (width - padding) for padding in paddings])
    with_prefix = prefix and batch.editable
    cache = {"past_key_values": cache_with_prefix(model, prefix, paddings)} if with_prefix else {}
    ends = torch.tensor(end_tokens, device=model.device)
    while rows:
        output = model.generate(  # type: ignore[operator]
            input_ids=ids,
            attention_mask=mask.to(model.device),
            **cache,
            use_cache=batch.cached,
            max_length=width + max_new_tokens,
            do_sample=False,
            num_beams=1,
            logits_processor=LogitsProcessorList([*processors, _FiniteLogits(model.name_or_path or "the model")]),
            stopping_criteria=StoppingCriteriaList([_HalfEnded(ends)] if batch.editable else []),
            eos_token_id=end_tokens,
            pad_token_id=end_tokens[0],
            return_dict_in_generate=True,
        )
        finished, remaining = {}, []
        for place, tokens in enumerate(output.sequences[:, width:].tolist()):
            end = next((at for at, token in enumerate(tokens) if token in end_tokens), None)
            if end is None and len(tokens) < max_new_tokens:
                remaining.append(place)
            else:
                finished[rows[place]] = tokens[: None if end is None else end + 1]
        yield finished
        rows = [rows[place] for place in remaining]
        if rows:
            ids = output.sequences[remaining]
            mask = torch.nn.functional.pad(mask[remaining], (0, ids.shape[1] - mask.shape[1]), value=1)
            output.past_key_values.batch_select_indices(torch.tensor(remaining, device=model.device))
            cache = {"past_key_values": output.past_key_values}


def choose_batch_size(
    model: PreTrainedModel, prompts: list[list[int]], max_new_tokens: int, memory_share: float, extra_bytes: int = 0
) -> int:
    """Return how many prompts to continue at a time on the model's device.

    Args:
        model: the model that generates.
        prompts: token ids of each prompt.
        max_new_tokens: the longest response, in tokens.
        memory_share: the share of a GPU's memory for weights and cache, see `largest_batch`.
        extra_bytes: other memory that is used on the same device, such as a black-box head.
    """
    if model.device.type != "cuda":
        return DEFAULT_BATCH
    config = model.config.get_text_config(decoder=True)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    cache_bytes = 2 * config.num_hidden_layers * heads * width * model.dtype.itemsize
    max_length = max(map(len, prompts)) + max_new_tokens
    card_bytes = torch.cuda.get_device_properties(model.device).total_memory
    # Weights on the host, of a model too large for the GPU, are on the GPU only while they are used.
    weight_bytes = sum(part.nbytes for part in model.parameters() if part.device == model.device)
    return largest_batch(card_bytes, memory_share, weight_bytes + extra_bytes, cache_bytes, max_length)
