"""evaluate MODEL: the variants of a model, with heads or without, and the test questions -> responses, scores."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd
from stage import run, use_threads

from superficial.config import Profile
from superficial.files import write_rows
from superficial.knowledge.heads import load_head
from superficial.models.evaluation import ask
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import read_context


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_threads(profile)
    world = out / "worlds" / profile.world_of(arguments.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    names = profile.variants_of(arguments.model)
    with progress(f"asking {arguments.model} and what is built on it", len(names)) as advance:
        for name in names:
            variant = profile.variants[name]
            model, tokenizer = load_model(out / "models" / variant.model)
            processors = [] if variant.head is None else load_head(out / "heads" / variant.head).attach(model)
            scored = ask(
                model,
                tokenizer,
                questions[questions["benchmark"].isin(profile.asked_of(name))],
                profile.judges(),
                context,
                variant.prompt,
                variant.wrapper,
                profile.max_new_tokens,
                processors,
            )
            for benchmark, rows in scored.groupby("benchmark"):
                write_rows(rows, out / "scores" / name / f"{benchmark}.parquet")
            advance(1)


if __name__ == "__main__":
    run(main, __doc__, "model")
