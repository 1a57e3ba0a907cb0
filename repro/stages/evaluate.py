"""evaluate MODEL: a model's variants, with or without a head, and the test questions -> their responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from transformers import LogitsProcessor

from superficial.config import Profile
from superficial.config.questions import Context
from superficial.files import write_rows
from superficial.heads.loading import load_head
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of, stored_end_tokens
from superficial.models.evaluation import Generation, answer_questions
from superficial.models.loading import load_model, load_tokenizer
from superficial.progress import progress
from superficial.prompts import Prompting, read_context


def _responses(
    profile: Profile, out: Path, name: str, questions: pd.DataFrame, context: Context, advance: Callable[[int], None]
) -> pd.DataFrame:
    # A function of its own: when it returns, the model leaves the GPU and makes room for the next.
    variant = profile.variants[name]
    model, tokenizer = load_model(out / "models" / variant.model)
    prompting = Prompting(context, variant.prompt_format, variant.wrapper)
    end_tokens = end_tokens_of(model, tokenizer)

    def answer(rows: pd.DataFrame, processors: Sequence[LogitsProcessor] = (), extra_bytes: int = 0) -> pd.DataFrame:
        generation = Generation(profile.token_limits(rows["benchmark"]), end_tokens, processors, extra_bytes)
        return answer_questions(model, tokenizer, rows, prompting, generation, profile.chosen_benchmarks, advance)

    if variant.head is None:
        return answer(questions)
    # A head learned from an aligned model may end a response with that model's end tokens.
    aligned = out / "models" / profile.pairs[profile.pair_of_head(variant.head)].aligned
    end_tokens += stored_end_tokens(aligned, load_tokenizer(aligned))
    responses = []
    for head_name, benchmarks in profile.benchmarks_by_head(name).items():
        head = load_head(out / "heads" / str(head_name))
        rows = questions[questions["benchmark"].isin(benchmarks)]
        with head.applied_to(model) as processors:
            responses.append(answer(rows, processors, head.extra_bytes))
    return pd.concat(responses)


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    world = out / "worlds" / profile.world_of(name)
    test, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    questions = {
        variant: test[test["benchmark"].isin(profile.benchmarks_of(variant))] for variant in profile.variants_of(name)
    }
    with progress(f"generating the responses of {name} and its variants", sum(map(len, questions.values()))) as advance:
        for variant, rows in questions.items():
            responses = _responses(profile, out, variant, rows, context, advance)
            for benchmark, part in responses.groupby("benchmark"):
                write_rows(part, out / "responses" / variant / f"{benchmark}.parquet")
