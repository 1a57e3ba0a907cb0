"""sensitivity AXIS: a head learned otherwise in each way of an axis -> what it scores, and its validation KL."""

from __future__ import annotations

import copy
from argparse import Namespace
from pathlib import Path

import pandas as pd
from stage import run, use_torch

from superficial.config import Profile
from superficial.files import write_rows
from superficial.judges.scoring import judge_all
from superficial.knowledge.distillation import DistillationSettings
from superficial.knowledge.learning import learn_residual_head
from superficial.knowledge.output_head import read_output_heads
from superficial.knowledge.splits import learned_and_checked
from superficial.knowledge.traces import read_shards
from superficial.models.evaluation import ask
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import read_context


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_torch(profile)
    chosen = profile.sensitivity
    assert chosen is not None, "this profile has no sensitivity study"
    names = profile.recovery[chosen.comparison][0]
    variant = profile.variants[names.student]
    assert variant.head is not None, f"{names.student} has no head"
    base, tokenizer = load_model(out / "models" / variant.model)
    world = out / "worlds" / profile.world_of(variant.model)
    questions, context = pd.read_parquet(world / "test.parquet"), read_context(world / "context.json")
    asked = questions[questions["benchmark"].isin(chosen.benchmarks)]
    ways, rows = chosen.axes[arguments.axis], []
    with progress(f"learning heads otherwise: {arguments.axis}", len(ways)) as advance:
        for way, otherwise in ways.items():
            distillation = profile.distillation_with(way, otherwise.changes)
            traces = out / "traces" / (otherwise.pair or profile.heads[variant.head].pair)
            train, validation = learned_and_checked(
                *(read_shards(traces / split) for split in ("train", "validation")),
                distillation.prompts,
                distillation.split,
                distillation.seeds[0],
            )
            pair = read_output_heads(traces / "weights.safetensors")
            head = learn_residual_head(*pair, train, validation, DistillationSettings(**distillation.of_first_seed()))
            model = copy.deepcopy(base)
            processors = head.attach(model)
            answered = ask(
                model,
                tokenizer,
                asked,
                context,
                otherwise.prompt or variant.prompt,
                variant.wrapper,
                profile.max_new_tokens,
                [tokenizer.eos_token_id],
                processors,
            )
            judged = judge_all(profile, answered, out / "judges")
            rows.append(
                judged[["question_id", "benchmark", "score", "garbled"]].assign(
                    axis=arguments.axis, way=way, validation_kl=min(head.card["validation_kl"])
                )
            )
            advance(1)
    write_rows(pd.concat(rows), out / "sensitivity" / f"{arguments.axis}.parquet")


if __name__ == "__main__":
    run(main, __doc__, "axis")
