"""sensitivity AXIS: a head trained in each way of an axis -> what it scores, and its validation KL."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.distillation.heads import train_residual_head
from superficial.files import write_rows
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of, stored_end_tokens
from superficial.models.evaluation import Generation, generate_responses
from superficial.models.loading import load_model, load_tokenizer
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards
from superficial.traces.splits import training_split


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    study = profile.sensitivity
    assert study is not None, "the stage is called only if the profile has a sensitivity study"
    variant = profile.variants[profile.recovery[study.comparison][0].student]
    assert variant.head is not None, "the student of a comparison has a head"
    base, tokenizer = load_model(out / "models" / variant.model)
    world = out / "worlds" / profile.world_of(variant.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    questions = questions[questions["benchmark"].isin(study.benchmarks)]
    ways, tables = study.axes[name], []
    with progress(f"training heads in other ways: {name}", len(ways)) as advance:
        for way, change in ways.items():
            settings = profile.distillation_with(way, change.changes)
            pair_name = change.pair or profile.heads[variant.head].pair
            traces = out / "traces" / pair_name
            train, validation = training_split(
                read_shards(traces / "train"),
                read_shards(traces / "validation"),
                settings.prompts,
                settings.split,
                settings.seeds[0],
            )
            pair = Pair.read(traces / "weights.safetensors")
            head = train_residual_head(pair, train, validation, settings, settings.seeds[:1])
            prompting = Prompting(context, change.prompt_format or variant.prompt_format, variant.wrapper)
            aligned = out / "models" / profile.pairs[pair_name].aligned
            end_tokens = end_tokens_of(base, tokenizer) + stored_end_tokens(aligned, load_tokenizer(aligned))
            with head.applied_to(base) as processors:
                generation = Generation(profile.max_new_tokens, end_tokens, processors, head.extra_bytes)
                responses = generate_responses(base, tokenizer, questions, prompting, generation)
            scores = score_benchmarks(profile, responses, out / "judges")[
                ["question_id", "benchmark", "score", "garbled"]
            ]
            tables.append(scores.assign(axis=name, way=way, validation_kl=head.card["validation_kl_after"]))
            advance(1)
    write_rows(pd.concat(tables), out / "sensitivity" / f"{name}.parquet")
