"""evaluate VARIANT: a model, maybe with a head, and the test questions -> responses and their scores."""

from __future__ import annotations

import json
from importlib import import_module

import pandas as pd
from stage import begin, use_threads

from superficial.files import atomic_write
from superficial.knowledge.heads import load_head
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import prompt_ids, read_context

BATCH = 64


def main() -> None:
    profile, out, arguments = begin(__doc__, "variant")
    use_threads(profile)
    variant = profile.variants[arguments.variant]
    model, tokenizer = load_model(out / "models" / variant.model)
    processors = [] if variant.head is None else load_head(out / "heads" / variant.head).attach(model)
    world = out / "worlds" / profile.world_of(variant.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    asked = profile.asked_of(arguments.variant)
    questions = questions[questions["benchmark"].isin(asked)]
    prompts = [prompt_ids(tokenizer, text, variant.prompt, variant.wrapper, context) for text in questions["prompt"]]
    with progress(f"asking {arguments.variant}", len(prompts)) as advance:
        responses = generate(model, prompts, tokenizer.eos_token_id, profile.max_new_tokens, BATCH, advance, processors)
    texts = pd.Series(tokenizer.batch_decode(responses, skip_special_tokens=True), index=questions.index)
    for benchmark in asked:
        module, function = profile.benchmarks[benchmark].judge.split(":")
        judge = getattr(import_module(module), function)
        rows = questions[questions["benchmark"] == benchmark]
        judged = [judge(benchmark, texts[row.Index], json.loads(row.reference)) for row in rows.itertuples()]
        scored = rows.assign(
            response=texts[rows.index], score=[j.score for j in judged], garbled=[float(j.garbled) for j in judged]
        )
        with atomic_write(out / "scores" / arguments.variant / f"{benchmark}.parquet") as path:
            scored.to_parquet(path)


if __name__ == "__main__":
    main()
