"""From prompts to traces: the aligned model responds, and both models read its responses (section 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from superficial.models.generation import generate
from superficial.traces.trace import Trace, collect

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# What is in memory at once.
_PROMPTS_AT_ONCE = 512


def trace_prompts(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    base_prompts: list[list[int]],
    aligned_prompts: list[list[int]],
    ends: Sequence[int],
    max_new_tokens: int,
    batch_size: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[Trace, list[list[int]]]]:
    """Have the aligned model respond greedily, and trace both models over its responses; some prompts at a time.

    Args:
        base: the base model.
        aligned: the aligned model.
        base_prompts: token ids of each prompt as the base reads it.
        aligned_prompts: the same prompts as the aligned model reads them.
        ends: the tokens that end a response.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts a batch.
        advance: told the number of prompts after each batch.

    Yields:
        The trace of a part of the prompts, and their responses.
    """
    for begin in range(0, len(base_prompts), _PROMPTS_AT_ONCE):
        part = slice(begin, begin + _PROMPTS_AT_ONCE)
        responses = generate(aligned, aligned_prompts[part], ends, max_new_tokens, batch_size, advance)
        yield collect(base, aligned, base_prompts[part], aligned_prompts[part], responses, batch_size, begin), responses
