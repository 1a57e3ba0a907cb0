"""Asks a model questions: one response a row. Judging them is another room's (`superficial.judges`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from transformers import LogitsProcessor, PreTrainedModel

from superficial.models.batches import ALONE
from superficial.models.generation import batch_size, generate
from superficial.prompts import Context, answer_part, prompt_ids


def ask(
    model: PreTrainedModel,
    tokenizer: Any,
    questions: pd.DataFrame,
    context: Context,
    form: str,
    wrapper: str | None,
    max_new_tokens: int,
    ends: Sequence[int],
    processors: Sequence[LogitsProcessor] = (),
    advance: Callable[[int], None] = lambda _: None,
    beside: int = 0,
) -> pd.DataFrame:
    """Return `questions` with the column response.

    Args:
        model: what answers, greedily.
        tokenizer: its tokenizer.
        questions: the columns benchmark, prompt and reference (JSON).
        context: the texts around questions.
        form: a prompt format, see `prompts.prompt_ids`; `wrapper` likewise.
        wrapper: the name of a text around each question, or None.
        max_new_tokens: the longest response, in tokens.
        ends: the tokens that end a response.
        processors: what changes the logits before the largest is taken.
        advance: told the number of questions after each batch.
        beside: the bytes that `processors` hold where the model is.
    """
    prompts = [
        prompt_ids(tokenizer, row.prompt, row.benchmark, form, wrapper, context) for row in questions.itertuples()
    ]
    batch = batch_size(model, prompts, max_new_tokens, ALONE, beside)
    responses = generate(model, prompts, ends, max_new_tokens, batch, advance, processors)
    texts = tokenizer.batch_decode(responses, skip_special_tokens=True)
    parts = [answer_part(text, of, form, context) for text, of in zip(texts, questions["benchmark"], strict=True)]
    return questions.assign(response=parts)
