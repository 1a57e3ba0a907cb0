"""From prompts to traces: the aligned model responds, and both models read its responses (section 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.models.batching import allows_padding, plan_batches
from superficial.models.generation import generate
from superficial.models.limits import check_texts
from superficial.models.rope import longest_static_length
from superficial.models.states import final_states
from superficial.tensors import all_finite
from superficial.traces.trace import Trace

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel

# How many prompts are traced, and held in memory, at once.
_PROMPTS_AT_ONCE = 512


def trace_prompts(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    base_prompts: list[list[int]],
    aligned_prompts: list[list[int]],
    end_tokens: Sequence[int],
    max_new_tokens: int | Sequence[int],
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
    stop_tokens: Sequence[int | None] | None = None,
    written_with: Sequence[LogitsProcessor] | None = None,
) -> Iterator[Trace]:
    """Let the aligned model respond greedily and trace both models over its responses, some prompts at a time.

    With `written_with` it is the base that responds, as a head makes it. The states of the model that responds are
    those that it responded with, where a second reading would give the same.

    Args:
        base: the base model.
        aligned: the aligned model.
        base_prompts: token ids of each prompt in the base's prompt format.
        aligned_prompts: token ids of the same prompts in the aligned model's prompt format.
        end_tokens: the tokens that end a response.
        max_new_tokens: the longest response, in tokens; one number, or one for each prompt.
        batch_size: prompts per batch.
        advance: called with the number of finished prompts after each batch.
        stop_tokens: for each prompt, a token after whose first occurrence its response is not read; None: the whole
            response is.
        written_with: the logits processors of a head, with which the base responds; None: the aligned model responds.

    Yields:
        The trace of some prompts.

    Raises:
        ValueError: if a model cannot read a prompt, see `check_texts`, a response is empty, or a state is not finite.
    """
    limits = [max_new_tokens] * len(base_prompts) if isinstance(max_new_tokens, int) else list(max_new_tokens)
    for model, prompts in ((base, base_prompts), (aligned, aligned_prompts)):
        check_texts(model, prompts, max(limits, default=0))
    for begin in range(0, len(base_prompts), _PROMPTS_AT_ONCE):
        part = slice(begin, begin + _PROMPTS_AT_ONCE)
        writer, prompts = (aligned, aligned_prompts[part]) if written_with is None else (base, base_prompts[part])
        longest = max(map(len, prompts)) + max(limits[part])
        states: dict[int, Tensor] | None = {} if _reads_as_it_writes(writer, longest) else None
        responses = generate(writer, prompts, end_tokens, limits[part], batch_size, advance, written_with or (), states)
        if stop_tokens is not None:
            responses = [_up_to(*each) for each in zip(responses, stop_tokens[part], strict=True)]
        _check_not_empty(responses)
        numbers = range(begin, begin + len(responses))
        read = partial(hidden_states, responses=responses, batch_size=batch_size, numbers=numbers)
        written = read(writer, prompts) if states is None else _joined(states, responses)
        if written_with is None:
            yield _trace(responses, read(base, base_prompts[part]), written, begin)
        else:
            yield _trace(responses, written, read(aligned, aligned_prompts[part]), begin)


def _reads_as_it_writes(model: PreTrainedModel, longest: int) -> bool:
    """Return whether a model's states while it writes are, but for little rounding, those when it reads the whole text.

    They are not where the positions of all tokens change as the text grows, or where attention is sparse. Half
    precision rounds so much that both models of a pair must be read in the same way.
    """
    return model.dtype == torch.float32 and allows_padding(model) and longest <= longest_static_length(model)


def _joined(states: dict[int, Tensor], responses: list[list[int]]) -> Float[Tensor, "position width"]:
    """Return the states of all responses in order, as many as each response has tokens."""
    return torch.cat([states[number][: len(response)] for number, response in enumerate(responses)])


def _up_to(response: list[int], token: int | None) -> list[int]:
    return response if token not in response else response[: response.index(token) + 1]


def _check_not_empty(responses: list[list[int]]) -> None:
    empty = [number for number, response in enumerate(responses) if not response]
    if empty:
        raise ValueError(f"{len(empty)} of {len(responses)} responses are empty, the first is number {empty[0]}.")


def _trace(
    responses: list[list[int]],
    base_hidden: Float[Tensor, "position base_width"],
    aligned_hidden: Float[Tensor, "position aligned_width"],
    first_prompt: int,
) -> Trace:
    return Trace(
        prompt=torch.tensor([first_prompt + i for i, response in enumerate(responses) for _ in response]),
        position=torch.tensor([t for response in responses for t in range(len(response))]),
        token=torch.tensor([token for response in responses for token in response]),
        base_hidden=base_hidden,
        aligned_hidden=aligned_hidden,
    )


def trace_responses(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    base_prompts: list[list[int]],
    aligned_prompts: list[list[int]],
    responses: list[list[int]],
    batch_size: int,
    first_prompt: int = 0,
) -> Trace:
    """Trace both models over given responses, each model after its own format of the prompt.

    Prompts are numbered from `first_prompt`.

    Raises:
        ValueError: if a response is empty: it has no position to learn from; or if a hidden state is not finite.
    """
    numbers = range(first_prompt, first_prompt + len(responses))
    _check_not_empty(responses)
    base_hidden = hidden_states(base, base_prompts, responses, batch_size, numbers)
    aligned_hidden = hidden_states(aligned, aligned_prompts, responses, batch_size, numbers)
    return _trace(responses, base_hidden, aligned_hidden, first_prompt)


def retrace_base(
    traces: Iterable[Trace],
    base: PreTrainedModel,
    base_prompts: list[list[int]],
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Trace]:
    """Yield traces of the same responses with the hidden states of another base model.

    Args:
        traces: the traces.
        base: the other base model.
        base_prompts: token ids of all prompts; the numbers in a trace are their indices.
        batch_size: texts per batch.
        advance: called with the number of prompts after each trace.
    """
    for trace in traces:
        responses = trace.responses()
        prompts = [base_prompts[number] for number in responses]
        hidden = hidden_states(base, prompts, list(responses.values()), batch_size, list(responses))
        yield replace(trace, base_hidden=hidden)
        advance(len(responses))


@torch.no_grad()
def hidden_states(
    model: PreTrainedModel,
    prompts: list[list[int]],
    responses: list[list[int]],
    batch_size: int,
    numbers: Sequence[int],
) -> Float[Tensor, "position width"]:
    """Return what the output head multiplies at each response position, by one teacher-forced pass.

    The rows are ordered by prompt, then by position; their dtype is the model's.

    Args:
        model: the model.
        prompts: token ids of each prompt.
        responses: token ids of each response.
        batch_size: texts per batch.
        numbers: the number of each prompt, for messages.

    Raises:
        ValueError: if the model cannot read a text, see `check_texts`, or if a state is not finite: one would make
            every number that is learned or measured NaN.
    """
    texts = [prompt + response for prompt, response in zip(prompts, responses, strict=True)]
    check_texts(model, texts)
    ends = list(accumulate(map(len, responses)))
    # Allocated whole: small pieces between a batch's large ones would keep the memory of both.
    states = torch.empty(sum(map(len, responses)), model.get_output_embeddings().weight.shape[1], dtype=model.dtype)
    for batch in plan_batches(model, [len(text) - 1 for text in texts], batch_size):
        # The last response token predicts nothing that is part of the trace.
        rows = [texts[i][:-1] for i in batch.numbers]
        width = max(map(len, rows))
        # Right padding: a causal model's earlier positions do not see it.
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        hidden = final_states(model, ids.to(model.device), mask.to(model.device))
        for i, row, text_states in zip(batch.numbers, rows, hidden.cpu(), strict=True):
            read = text_states[len(prompts[i]) - 1 : len(row)]
            if not all_finite(read):
                raise ValueError(
                    f"The hidden states of {model.name_or_path or 'the model'} are not finite after prompt "
                    f"{numbers[i]}, counted from 0, in {model.dtype}: its weights are damaged, or it needs a different "
                    "dtype."
                )
            states[ends[i] - len(responses[i]) : ends[i]] = read
    return states
