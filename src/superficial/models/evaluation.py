"""Asks a model questions and has its answers judged, one row a question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pandas as pd
from transformers import LogitsProcessor, PreTrainedModel

from superficial.models.generation import generate
from superficial.prompts import Context, prompt_ids

_BATCH = 64


def ask(
    model: PreTrainedModel,
    tokenizer: Any,
    questions: pd.DataFrame,
    judges: dict[str, str],
    context: Context,
    form: str,
    wrapper: str | None,
    max_new_tokens: int,
    processors: Sequence[LogitsProcessor] = (),
) -> pd.DataFrame:
    """Return `questions` with the columns response, score and garbled (0/1).

    Args:
        model: what answers, greedily.
        tokenizer: its tokenizer.
        questions: the columns benchmark, prompt and reference (JSON).
        judges: per benchmark a function, as "module:function"; see `lab.oracle.judge`.
        context: what the prompt format "urial" and the wrappers need.
        form: a prompt format, see `prompts.prompt_ids`; `wrapper` likewise.
        wrapper: the name of a text around each question, or None.
        max_new_tokens: the longest response, in tokens.
        processors: what changes the logits before the largest is taken.
    """
    prompts = [prompt_ids(tokenizer, text, form, wrapper, context) for text in questions["prompt"]]
    responses = generate(model, prompts, tokenizer.eos_token_id, max_new_tokens, _BATCH, processors=processors)
    texts = tokenizer.batch_decode(responses, skip_special_tokens=True)
    judged = []
    for row, text in zip(questions.itertuples(), texts, strict=True):
        module, function = judges[row.benchmark].split(":")
        judged.append(getattr(import_module(module), function)(row.benchmark, text, json.loads(row.reference)))
    return questions.assign(response=texts, score=[j.score for j in judged], garbled=[float(j.garbled) for j in judged])
