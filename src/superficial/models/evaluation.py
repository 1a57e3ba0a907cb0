"""A model's responses to questions: written by it, or chosen among given answers. `superficial.judges` scores them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from typing import Any

import pandas as pd
from transformers import LogitsProcessor, PreTrainedModel

from superficial.models.batch_size import choose_batch_size
from superficial.models.batches import MEMORY_SHARE
from superficial.models.generation import generate
from superficial.models.likelihood import mean_log_probabilities
from superficial.prompts import Prompting


@dataclass(frozen=True)
class Generation:
    """Settings of greedy generation.

    Attributes:
        max_new_tokens: the maximum length of a response, in tokens; one number, or one for each question.
        end_tokens: the ids of the tokens that end a response.
        logits_processors: change the logits before the largest is taken, as a black-box head does.
        extra_bytes: memory that the logits processors occupy on the model's device.
    """

    max_new_tokens: int | Sequence[int]
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
    limits = generation.max_new_tokens
    longest = limits if isinstance(limits, int) else max(limits, default=0)
    size = choose_batch_size(model, prompts, longest, MEMORY_SHARE, generation.extra_bytes)
    token_ids = generate(
        model,
        prompts,
        generation.end_tokens,
        limits,
        size,
        advance,
        generation.logits_processors,
    )
    responses = tokenizer.batch_decode(token_ids, skip_special_tokens=True)
    benchmarks = questions["benchmark"]
    parts = [prompting.answer_part(text, benchmark) for text, benchmark in zip(responses, benchmarks, strict=True)]
    return questions.assign(response=parts)


def answer_questions(
    model: PreTrainedModel,
    tokenizer: Any,
    questions: pd.DataFrame,
    prompting: Prompting,
    generation: Generation,
    chosen: Collection[str],
    advance: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Return `questions` with the column response: chosen for the benchmarks of `chosen`, written for all others.

    The other arguments are those of `generate_responses` and `choose_answers`.
    """
    is_chosen = questions["benchmark"].isin(chosen)
    limits, parts = generation.max_new_tokens, []
    if not is_chosen.all():
        if not isinstance(limits, int):
            limits = [limit for limit, skipped in zip(limits, is_chosen, strict=True) if not skipped]
        written = replace(generation, max_new_tokens=limits)
        parts.append(generate_responses(model, tokenizer, questions[~is_chosen], prompting, written, advance))
    if is_chosen.any():
        parts.append(choose_answers(model, tokenizer, questions[is_chosen], prompting, generation, advance))
    return pd.concat(parts).loc[questions.index]


def choose_answers(
    model: PreTrainedModel,
    tokenizer: Any,
    questions: pd.DataFrame,
    prompting: Prompting,
    generation: Generation,
    advance: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Return a model's choice for each question: of the answers in its reference, the most likely one a token.

    Args:
        model: a causal language model.
        tokenizer: the model's tokenizer.
        questions: one row per question, with the columns prompt, benchmark and reference, which has the lists `right`
            and `wrong` as JSON.
        prompting: how a question becomes a prompt.
        generation: its logits processors change the logits.
        advance: called at the end with the number of questions.

    Returns:
        `questions` with the column response: the chosen answer.

    Raises:
        ValueError: if a question has no right or no wrong answer.
    """
    prompts, choices = prompting.prompts(tokenizer, questions), []
    for question_id, text in zip(questions["question_id"], questions["reference"], strict=True):
        reference = json.loads(text)
        if not (reference.get("right") and reference.get("wrong")):
            raise ValueError(f"The question {question_id} has no right or no wrong answers to choose from.")
        choices.append([*reference["right"], *reference["wrong"]])
    repeated = [prompt for prompt, answers in zip(prompts, choices, strict=True) for _ in answers]
    # As the responses that models are tuned on: with a space before the answer.
    answers = [tokenizer(f" {answer}", add_special_tokens=False)["input_ids"] for each in choices for answer in each]
    size = choose_batch_size(model, repeated, max(map(len, answers), default=0), MEMORY_SHARE, generation.extra_bytes)
    likely = iter(mean_log_probabilities(model, repeated, answers, size, generation.logits_processors))
    chosen = [max(zip(islice(likely, len(each)), each, strict=True), key=itemgetter(0))[1] for each in choices]
    advance(len(questions))
    return questions.assign(response=chosen)
