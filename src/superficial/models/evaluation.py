"""Generates a model's responses to questions. `superficial.judges` scores them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from transformers import LogitsProcessor, PreTrainedModel

from superficial.models.batch_size import choose_batch_size
from superficial.models.batches import MEMORY_SHARE
from superficial.models.generation import generate
from superficial.prompts import Prompting


@dataclass(frozen=True)
class Generation:
    """Settings of greedy generation.

    Attributes:
        max_new_tokens: the maximum length of a response, in tokens.
        end_tokens: the ids of the tokens that end a response.
        logits_processors: change the logits before the largest is taken, as a black-box head does.
        extra_bytes: memory that the logits processors occupy on the model's device.
    """

    max_new_tokens: int
    end_tokens: Sequence[int]
    logits_processors: Sequence[LogitsProcessor] = ()
    extra_bytes: int = 0


def generate_responses(
    model: PreTrainedModel,
    tokenizer: Any,
    questions: pd.DataFrame,
    prompting: Prompting,
    generation: Generation,
    advance: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Generate a model's response to each question, greedily.

    Args:
        model: a causal language model.
        tokenizer: the model's tokenizer.
        questions: one row per question, with the columns prompt and benchmark.
        prompting: how a question becomes a prompt.
        generation: the settings of generation.
        advance: called after each batch with the number of questions that got their response.

    Returns:
        `questions` with the column response: the part of each response that answers the question.
    """
    prompts = prompting.prompts(tokenizer, questions)
    size = choose_batch_size(model, prompts, generation.max_new_tokens, MEMORY_SHARE, generation.extra_bytes)
    token_ids = generate(
        model,
        prompts,
        generation.end_tokens,
        generation.max_new_tokens,
        size,
        advance,
        generation.logits_processors,
    )
    responses = tokenizer.batch_decode(token_ids, skip_special_tokens=True)
    benchmarks = questions["benchmark"]
    parts = [prompting.answer_part(text, benchmark) for text, benchmark in zip(responses, benchmarks, strict=True)]
    return questions.assign(response=parts)
