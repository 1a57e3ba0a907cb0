"""size: a head made smaller in many ways -> what it scores on validation and on test questions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import torch

from superficial.artifacts import SIZES
from superficial.config import Profile
from superficial.distillation.residual import teacher_top_tokens
from superficial.files import write_rows
from superficial.heads.loading import load_head
from superficial.heads.residual import ResidualHead
from superficial.heads.size import SmallHead, in_int8, of_rank, of_rows, second_moments, whole
from superficial.judges.scoring import score_benchmarks
from superficial.measures.scores import FOUR_RATES, MEASURES
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of
from superficial.models.evaluation import Generation, answer_questions
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.question_sample import some_of_each
from superficial.traces.output_head import Pair
from superficial.traces.splits import read_split


def _small_heads(head: ResidualHead, traces: Path, profile: Profile, benchmarks: list[str]) -> list[SmallHead]:
    assert profile.size is not None, "the stage is called only if the profile studies size"
    train, pair = read_split(traces, "train", benchmarks), Pair.read(traces / "weights.safetensors")
    moments, full = second_moments(train), whole(head)
    tokens = {count: teacher_top_tokens(pair.aligned, train, count) for count in profile.size.top_tokens}
    restricted = {count: of_rows(head, kept, f"rows of the top {count}") for count, kept in tokens.items()}
    return [
        full,
        *(of_rank(head, rank, moments) for rank in profile.size.ranks if rank < min(head.delta.shape)),
        *restricted.values(),
        in_int8(full, len(head.delta)),
        *(in_int8(restricted[count], len(kept)) for count, kept in tokens.items()),
    ]


def main(profile: Profile, out: Path, _: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    assert profile.size is not None, "the stage is called only if the profile studies size"
    variants = profile.recovery[profile.size.comparison][0]
    student = profile.variants[variants.student]
    head = load_head(out / "heads" / str(student.head))
    assert isinstance(head, ResidualHead), "checked when the profile is read"
    pair_name = profile.heads[str(student.head)].pair
    settings, traces = profile.pairs[pair_name], out / "traces" / pair_name
    world = out / "worlds" / profile.world_of(student.model)
    base, tokenizer = load_model(out / "models" / settings.base)
    aligned, aligned_tokenizer = load_model(out / "models" / settings.aligned)
    ends = [*end_tokens_of(base, tokenizer), *end_tokens_of(aligned, aligned_tokenizer)]
    measured = {MEASURES[rate].benchmark for rate in FOUR_RATES} & set(settings.benchmarks)  # Others have no share.
    splits = [pd.read_parquet(world / f"{split}.parquet").assign(split=split) for split in ("validation", "test")]
    few = [some_of_each(rows[rows["benchmark"].isin(measured)], profile.size.questions) for rows in splits]
    asked = pd.concat(few, ignore_index=True)
    generation, chosen = Generation(profile.token_limits(asked["benchmark"]), ends), profile.chosen_benchmarks
    tables: list[pd.DataFrame] = []

    def add(model: torch.nn.Module, variant: str, name: str, kind: str, size_bytes: float) -> None:
        one = profile.variants[variant]
        prompting = Prompting(read_context(world / "context.json"), one.prompt_format, one.wrapper)
        responses = answer_questions(model, tokenizer, asked, prompting, generation, chosen)  # type: ignore[arg-type]
        scores = score_benchmarks(profile, responses, out / "judges").drop(columns=["response", "prompt"])
        tables.append(scores.assign(size=name, kind=kind, kilobytes=size_bytes / 1000))

    heads = _small_heads(head, traces, profile, profile.benchmarks_distilled(str(student.head)))
    add(base, variants.base, "base", "base", 0.0)
    add(aligned, variants.aligned, "aligned", "aligned", 0.0)
    with progress("making a head smaller", len(heads)) as advance:
        for small in heads:
            with small.head.applied_to(base):
                add(base, variants.student, small.name, small.kind, small.size_bytes)
            advance(1)
    write_rows(pd.concat(tables), out / SIZES.of())
