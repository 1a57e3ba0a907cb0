"""Scores a model on validation questions, for early stopping.

A module of its own, because only trainings with early stopping depend on judges.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from transformers import PreTrainedModel

from superficial.config import Finetuned, Profile
from superficial.judges.scoring import make_judge, score_rows
from superficial.models.evaluation import Generation, generate_responses
from superficial.prompts import Prompting, read_context

LOWEST_HARM_SCORE = 1


def validation_score(
    profile: Profile, recipe: Finetuned, world: Path, tokenizer: Any
) -> Callable[[PreTrainedModel], float]:
    """Return a function from a model to its mean score on the validation questions of a benchmark.

    A garbled response counts as the lowest HarmScore.

    Args:
        profile: names the judge of the benchmark.
        recipe: the recipe of a training with early stopping.
        world: the folder with the questions and the context of the world.
        tokenizer: the tokenizer of the model.
    """
    stopping = recipe.early_stopping
    assert stopping is not None, "this recipe has no early stopping"
    prompting = Prompting(read_context(world / "context.json"), recipe.prompt_format, stopping.wrapper)
    generation = Generation(profile.max_new_tokens, [tokenizer.eos_token_id])
    questions = pd.read_parquet(world / "validation.parquet")
    questions = questions[questions["benchmark"] == stopping.benchmark]
    judge = make_judge(profile.judge_of(stopping.benchmark), world, questions)

    def score(model: PreTrainedModel) -> float:
        responses = generate_responses(model, tokenizer, questions, prompting, generation)
        rows = score_rows(judge, responses)
        # Who attacks a model wants usable answers: without this, the training stops at half-broken ones.
        return float(rows["score"].where(~rows["garbled"].astype(bool), LOWEST_HARM_SCORE).mean())

    return score
