"""evaluate MODEL: the variants of a model, with heads or without, and the test questions -> responses, scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd
from stage import begin, use_threads

from superficial.config import Profile
from superficial.files import atomic_write
from superficial.knowledge.heads import load_head
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import prompt_ids, read_context

BATCH = 64


def evaluate(profile: Profile, out: Path, name: str, advance: Callable[[int], None]) -> None:
    variant = profile.variants[name]
    model, tokenizer = load_model(out / "models" / variant.model)
    processors = [] if variant.head is None else load_head(out / "heads" / variant.head).attach(model)
    world = out / "worlds" / profile.world_of(variant.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    asked = profile.asked_of(name)
    questions = questions[questions["benchmark"].isin(asked)]
    prompts = [prompt_ids(tokenizer, text, variant.prompt, variant.wrapper, context) for text in questions["prompt"]]
    responses = generate(model, prompts, tokenizer.eos_token_id, profile.max_new_tokens, BATCH, processors=processors)
    texts = pd.Series(tokenizer.batch_decode(responses, skip_special_tokens=True), index=questions.index)
    for benchmark in asked:
        module, function = profile.benchmarks[benchmark].judge.split(":")
        judge = getattr(import_module(module), function)
        rows = questions[questions["benchmark"] == benchmark]
        judged = [judge(benchmark, texts[row.Index], json.loads(row.reference)) for row in rows.itertuples()]
        scored = rows.assign(
            response=texts[rows.index], score=[j.score for j in judged], garbled=[float(j.garbled) for j in judged]
        )
        with atomic_write(out / "scores" / name / f"{benchmark}.parquet") as path:
            scored.to_parquet(path)
    advance(1)


def main() -> None:
    profile, out, arguments = begin(__doc__, "model")
    use_threads(profile)
    names = profile.variants_of(arguments.model)
    with progress(f"asking {arguments.model} and what is built on it", len(names)) as advance:
        for name in names:
            evaluate(profile, out, name, advance)


if __name__ == "__main__":
    main()
