"""sensitivity AXIS: a head learned otherwise in each way of an axis -> what it scores, and its validation KL."""

from __future__ import annotations

import copy
from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.distillation.learning import learn_residual_head
from superficial.distillation.residual import DistillationSettings
from superficial.files import write_rows
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.models.evaluation import Generation, generate_responses
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import read_output_heads
from superficial.traces.splits import learned_and_checked
from superficial.traces.trace import read_shards


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    chosen = profile.sensitivity
    assert chosen is not None, "this profile has no sensitivity study"
    names = profile.recovery[chosen.comparison][0]
    variant = profile.variants[names.student]
    assert variant.head is not None, f"{names.student} has no head"
    base, tokenizer = load_model(out / "models" / variant.model)
    world = out / "worlds" / profile.world_of(variant.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    asked = questions[questions["benchmark"].isin(chosen.benchmarks)]
    ways, rows = chosen.axes[name], []
    with progress(f"learning heads otherwise: {name}", len(ways)) as advance:
        for way, otherwise in ways.items():
            distillation = profile.distillation_with(way, otherwise.changes)
            traces = out / "traces" / (otherwise.pair or profile.heads[variant.head].pair)
            train, validation = learned_and_checked(
                read_shards(traces / "train"),
                read_shards(traces / "validation"),
                distillation.prompts,
                distillation.split,
                distillation.seeds[0],
            )
            pair = read_output_heads(traces / "weights.safetensors")
            head = learn_residual_head(*pair, train, validation, DistillationSettings(**distillation.of_first_seed()))
            model = copy.deepcopy(base)
            processors = head.attach(model)
            prompting = Prompting(context, otherwise.prompt_format or variant.prompt_format, variant.wrapper)
            generation = Generation(profile.max_new_tokens, [tokenizer.eos_token_id], processors)
            responses = generate_responses(model, tokenizer, asked, prompting, generation)
            judged = score_benchmarks(profile, responses, out / "judges")
            rows.append(
                judged[["question_id", "benchmark", "score", "garbled"]].assign(
                    axis=name, way=way, validation_kl=min(head.card["validation_kl"])
                )
            )
            advance(1)
    write_rows(pd.concat(rows), out / "sensitivity" / f"{name}.parquet")
