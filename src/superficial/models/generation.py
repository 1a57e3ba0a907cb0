"""Greedy generation in batches of prompts of similar length."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from superficial.models.batching import Batch, allows_joining, plan_batches
from superficial.models.end_tokens import check_end_tokens
from superficial.models.limits import check_texts
from superficial.models.rope import reset_positions
from superficial.models.running_batch import RunningBatch
from superficial.models.shared_prefix import KeysAndValues, cache_with_prefix, read_prefix, shared_prefix
from superficial.models.states import last_states

# A batch stops when this share of its rows have ended: the others go on in a smaller one, or with waiting texts.
_ENDED = 1 / 2
_ENDED_WHILE_OTHERS_WAIT = 1 / 4


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


class _Ended(StoppingCriteria):
    """Stops a batch when a share of its rows have ended, so that they can leave it and others can take their places."""

    def __init__(self, end_tokens: Tensor, allowed: list[int], share: float) -> None:
        self._end_tokens, self._share = end_tokens, share
        self._left = torch.tensor(allowed, device=end_tokens.device)

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """Return for each row whether to stop; the same for all."""
        ends_now = torch.isin(input_ids[:, -1], self._end_tokens)
        self._left = (self._left - 1).masked_fill(ends_now, 0)
        return ((self._left <= 0).sum() >= self._share * len(input_ids)).expand(len(input_ids))


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    prompts: list[list[int]],
    end_tokens: int | Sequence[int],
    max_new_tokens: int | Sequence[int],
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
    processors: Sequence[LogitsProcessor] = (),
    states: dict[int, Float[Tensor, "token width"]] | None = None,
) -> list[list[int]]:
    """Continue each prompt greedily.

    Each response is what the largest logits make it, whatever generation settings came with the model, and the same as
    for the prompt alone. A beginning that all prompts share is read once, rows that have ended leave their batch, and
    waiting prompts take their places, where the architecture allows it, see `plan_batches` and `allows_joining`.

    Args:
        model: a causal language model.
        prompts: token ids of each prompt, special tokens included.
        end_tokens: one or several; a response includes the first one that is generated, and nothing after it.
        max_new_tokens: the longest response, in tokens; one number, or one for each prompt.
        batch_size: prompts in a batch.
        advance: called with the number of new responses, whenever some are complete.
        processors: change the logits before the largest is taken.
        states: receives, by the number of each prompt, what the output head multiplied before each token of the
            response: on the CPU, in the model's dtype.

    Returns:
        The token ids of each response, in the order of `prompts`.

    Raises:
        ValueError: if the model cannot read a prompt, see `check_texts`, or cannot write an end token, if logits are
            not finite, or if states are asked of a model that does not use its output head once for each token.
    """
    limits = [max_new_tokens] * len(prompts) if isinstance(max_new_tokens, int) else list(max_new_tokens)
    longest = max(limits, default=0)
    check_texts(model, prompts, longest)
    end_tokens = [end_tokens] if isinstance(end_tokens, int) else list(dict.fromkeys(end_tokens))
    check_end_tokens(end_tokens, model.get_output_embeddings().weight.shape[0], "This run")
    responses: list[list[int]] = [[] for _ in prompts]
    batches = plan_batches(model, list(map(len, prompts)), batch_size, longest)
    reset_positions(model)
    prefix = read_prefix(model, shared_prefix(prompts)) if any(batch.editable for batch in batches) else []
    pieces: dict[int, list[Tensor]] | None = None if states is None else {number: [] for number in range(len(prompts))}
    writer = _Writer(model, prompts, prefix, end_tokens, limits, processors, pieces)
    with _own_settings_ignored(model):
        for batch in _queues(model, batches):
            reset_positions(model)
            for finished in writer.write(batch, batch_size):
                for number, response in finished.items():
                    responses[number] = response
                    if states is not None and pieces is not None:
                        states[number] = torch.cat(pieces.pop(number))[: len(response)]
                advance(len(finished))
    return responses


def _queues(model: PreTrainedModel, batches: list[Batch]) -> list[Batch]:
    """Return batches as queues: where rows can join a batch, all texts of editable batches wait for places in one."""
    if not allows_joining(model):
        return batches
    editable = [number for batch in batches if batch.editable for number in batch.numbers]
    others = [batch for batch in batches if not batch.editable]
    return ([Batch(editable, True, True)] if editable else []) + others


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


@dataclass(frozen=True)
class _Writer:
    """What all batches of a call of `generate` have in common."""

    model: PreTrainedModel
    prompts: list[list[int]]
    prefix: list[KeysAndValues]
    end_tokens: list[int]
    limits: list[int]
    processors: Sequence[LogitsProcessor]
    pieces: dict[int, list[Tensor]] | None

    def write(self, batch: Batch, size: int) -> Iterator[dict[int, list[int]]]:
        """Yield responses by the numbers of their prompts.

        From an editable batch they are yielded each time that a share of its rows have ended, and waiting texts take
        their places; otherwise all at once.
        """
        waiting, running = batch.numbers, None
        while waiting or running:
            free = size - (len(running.numbers) if running else 0)
            if running and not (waiting and free):
                finished, running = self._advance(running, batch, bool(waiting), None)
            else:
                newcomers, waiting = waiting[:free], waiting[free:]
                started = RunningBatch.of(newcomers, [self.prompts[each] for each in newcomers], self.end_tokens[0])
                # Newcomers take their first step alone: after it, they lack one token in their cache, as the others do.
                finished, joining = self._advance(started, batch, bool(waiting), 1 if running else None)
                running = running.joined(joining) if running and joining else running or joining
            yield finished

    def _advance(
        self, running: RunningBatch, batch: Batch, others_wait: bool, steps: int | None
    ) -> tuple[dict[int, list[int]], RunningBatch | None]:
        """Take some steps; return the responses that ended, and the batch of the others, if any."""
        model = self.model
        prompts = [self.prompts[number] for number in running.numbers]
        limits = [self.limits[number] for number in running.numbers]
        ends = torch.tensor(self.end_tokens, device=model.device)
        tokens = running.mask.sum(-1).tolist()
        allowed = [len(prompt) + limit - count for prompt, limit, count in zip(prompts, limits, tokens, strict=True)]
        share = _ENDED_WHILE_OTHERS_WAIT if others_wait else _ENDED
        cache = running.cache
        if cache is None and self.prefix and batch.editable:
            cache = cache_with_prefix(model, self.prefix, running.paddings)
        kept: AbstractContextManager[list[Tensor]] = nullcontext([]) if self.pieces is None else last_states(model)
        with kept as states:
            output = model.generate(  # type: ignore[operator]
                input_ids=running.ids.to(model.device),
                attention_mask=running.mask.to(model.device),
                **({} if cache is None else {"past_key_values": cache}),
                use_cache=batch.cached,
                max_length=running.ids.shape[1] + (steps or max(allowed)),
                do_sample=False,
                num_beams=1,
                logits_processor=LogitsProcessorList(
                    [*self.processors, _FiniteLogits(model.name_or_path or "the model")]
                ),
                stopping_criteria=StoppingCriteriaList([_Ended(ends, allowed, share)] if batch.editable else []),
                eos_token_id=self.end_tokens,
                pad_token_id=self.end_tokens[0],
                return_dict_in_generate=True,
            )
        grown = output.sequences.shape[1] - running.ids.shape[1]
        if self.pieces is not None:
            if len(states) != grown:
                raise ValueError(
                    f"{model.config.model_type} uses its output head {len(states)} times for {grown} tokens of a "
                    "response, not once for each."
                )
            for number, written in zip(running.numbers, torch.stack(states, 1), strict=True):
                self.pieces[number].append(written)
        finished, remaining = {}, []
        for row, (prompt, limit, count) in enumerate(zip(prompts, limits, tokens, strict=True)):
            text = output.sequences[row, -(count + grown) :].tolist()
            written = text[len(prompt) :][:limit]
            end = next((at for at, token in enumerate(written) if token in self.end_tokens), None)
            if end is None and len(written) < limit:
                remaining.append(row)
            else:
                finished[running.numbers[row]] = written[: None if end is None else end + 1]
        if not remaining:
            return finished, None
        mask = torch.nn.functional.pad(running.mask, (0, grown), value=1)
        longer = RunningBatch(running.numbers, output.sequences, mask, output.past_key_values)
        return finished, longer.select(remaining)
