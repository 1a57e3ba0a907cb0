"""evaluate MODEL: the variants of a model, with heads or without, and the test questions -> responses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.files import write_rows
from superficial.heads.head import LogitHead, load_head
from superficial.models.device import set_up_torch
from superficial.models.evaluation import ask
from superficial.models.loading import load_model, load_tokenizer
from superficial.progress import progress
from superficial.prompts import Context, read_context


def _answers(
    profile: Profile, out: Path, name: str, rows: pd.DataFrame, context: Context, advance: Callable[[int], None]
) -> pd.DataFrame:
    # In a call of its own: at its end the model leaves the card, and the next has it for itself.
    variant = profile.variants[name]
    model, tokenizer = load_model(out / "models" / variant.model)
    processors, ends, beside = [], [tokenizer.eos_token_id], 0
    if variant.head is not None:
        head = load_head(out / "heads" / variant.head)
        processors = head.attach(model)
        # A residual head is merged into the model.
        beside = head.weight.nbytes if isinstance(head, LogitHead) else 0
        # What learned from an aligned model ends its responses as that one does.
        teacher = profile.pairs[profile.heads[variant.head].pair].aligned
        ends.append(load_tokenizer(out / "models" / teacher).eos_token_id)
    return ask(
        model,
        tokenizer,
        rows,
        context,
        variant.prompt,
        variant.wrapper,
        profile.max_new_tokens,
        ends,
        processors,
        advance,
        beside,
    )


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_card)
    world = out / "worlds" / profile.world_of(name)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    variants = profile.variants_of(name)
    asked = {of: questions[questions["benchmark"].isin(profile.asked_of(of))] for of in variants}
    with progress(f"asking {name} and what is built on it", sum(map(len, asked.values()))) as advance:
        for variant, rows in asked.items():
            answered = _answers(profile, out, variant, rows, context, advance)
            for benchmark, part in answered.groupby("benchmark"):
                write_rows(part, out / "responses" / variant / f"{benchmark}.parquet")
