"""sensitivity AXIS: a head trained in each way of an axis -> what it scores, and its validation KL."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.distillation.heads import train_residual_head
from superficial.files import write_rows
from superficial.heads.residual import ResidualHead
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of, stored_end_tokens
from superficial.models.evaluation import Generation, answer_questions
from superficial.models.loading import load_model, load_tokenizer
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.splits import read_split, training_split


def _train(profile: Profile, out: Path, way: str, changes: dict, pair: str, benchmarks: list[str]) -> ResidualHead:
    """Return a head that is trained in another way, on the questions of some benchmarks."""
    settings, traces = profile.distillation_with(way, changes), out / "traces" / pair
    train, validation = (read_split(traces, split, benchmarks) for split in ("train", "validation"))
    train, validation = training_split(train, validation, settings.prompts, settings.split, settings.seeds[0])
    heads = Pair.read(traces / "weights.safetensors")
    return train_residual_head(heads, train, validation, settings, settings.seeds[:1])


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
            pair = change.pair or profile.pair_of_head(variant.head)
            prompting = Prompting(context, change.prompt_format or variant.prompt_format, variant.wrapper)
            traced, aligned = profile.pairs[pair].benchmarks, out / "models" / profile.pairs[pair].aligned
            end_tokens = end_tokens_of(base, tokenizer) + stored_end_tokens(aligned, load_tokenizer(aligned))
            responses, kl = [], pd.DataFrame(columns=["mean", "positions"], dtype=float)
            for benchmarks in [[one] for one in traced] if change.one_head_per_benchmark else [traced]:
                head = _train(profile, out, way, change.changes, pair, benchmarks)
                kl.loc[len(kl)] = [head.card["validation_kl_after"], head.card["positions"]["validation"]]
                asked = questions[questions["benchmark"].isin(benchmarks)]
                if asked.empty:
                    continue
                with head.applied_to(base) as processors:
                    limits = profile.token_limits(asked["benchmark"])
                    generation = Generation(limits, end_tokens, processors, head.extra_bytes)
                    chosen = profile.chosen_benchmarks
                    responses.append(answer_questions(base, tokenizer, asked, prompting, generation, chosen))
            scores = score_benchmarks(profile, pd.concat(responses), out / "judges")
            mean_kl = (kl["mean"] * (kl["positions"] / kl["positions"].sum())).sum()
            columns = scores[["question_id", "benchmark", "score", "garbled"]]
            tables.append(columns.assign(axis=name, way=way, validation_kl=mean_kl))
            advance(1)
    write_rows(pd.concat(tables), out / "sensitivity" / f"{name}.parquet")
