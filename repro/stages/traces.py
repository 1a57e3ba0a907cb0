"""traces PAIR: a pair and its world's questions -> responses, both models' hidden states, output heads, identities.

If an earlier pair has traced the same responses, only this pair's base model is left to read them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.config import SPLITS, Profile
from superficial.files import atomic_write, write_rows
from superficial.heads.loading import load_head
from superficial.models.batch_size import choose_batch_size
from superficial.models.batches import MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.models.checks import check_same_vocabulary
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of
from superficial.models.identity import digest, identify
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.shards import iterate_shards, write_shards
from superficial.traces.tracing import retrace_base, trace_prompts


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    settings, earlier = profile.pairs[name], profile.pair_with_same_responses(name)
    folder, world = out / "traces" / name, out / "worlds" / profile.world_of(settings.base)
    base, tokenizer = load_model(out / "models" / settings.base)
    context = read_context(world / "context.json")
    questions = {split: pd.read_parquet(world / f"{split}.parquet") for split in SPLITS}
    questions = {split: rows[rows["benchmark"].isin(settings.benchmarks)] for split, rows in questions.items()}
    base_prompting = Prompting(context, settings.base_prompt_format, settings.wrapper)
    base_prompts = {split: base_prompting.prompts(tokenizer, rows) for split, rows in questions.items()}

    def trace_both(advance: Callable[[int], None]) -> tuple[dict[str, Any], OutputHead]:
        aligned, aligned_tokenizer = load_model(out / "models" / settings.aligned)
        check_same_vocabulary(tokenizer, aligned_tokenizer)
        aligned_prompting = Prompting(context, settings.aligned_prompt_format, settings.aligned_wrapper)
        end_tokens, writer = end_tokens_of(aligned, aligned_tokenizer), settings.written_with
        for split, rows in questions.items():
            prompts = aligned_prompting.prompts(aligned_tokenizer, rows)
            limits = profile.token_limits(rows["benchmark"])
            size = choose_batch_size(aligned, prompts, max(limits, default=0), MEMORY_SHARE_WITH_SECOND_MODEL)
            stops = None if split == "test" else aligned_prompting.stop_tokens(aligned_tokenizer, rows)
            reading = base_prompts[split], prompts, end_tokens, limits, size, advance, stops
            with load_head(out / "heads" / writer).applied_to(base) if writer else nullcontext() as written_with:
                write_shards(folder / split, trace_prompts(base, aligned, *reading, written_with))
            tokens = [part for shard in iterate_shards(folder / split) for part in shard.responses().values()]
            responses = tokenizer.batch_decode(tokens, skip_special_tokens=True)
            write_rows(rows.assign(response=responses), folder / f"{split}-responses.parquet")
        return asdict(identify(aligned, aligned_tokenizer)), OutputHead.of(aligned)

    def trace_base(source: Path, advance: Callable[[int], None]) -> tuple[dict[str, Any], OutputHead]:
        for split, prompts in base_prompts.items():
            size = choose_batch_size(base, prompts, profile.max_new_tokens, MEMORY_SHARE_WITH_SECOND_MODEL)
            write_shards(folder / split, retrace_base(iterate_shards(source / split), base, prompts, size, advance))
            with atomic_write(folder / f"{split}-responses.parquet") as path:
                shutil.copyfile(source / f"{split}-responses.parquet", path)
        identities = json.loads((source / "pair.json").read_text(encoding="utf-8"))
        return identities["aligned"], Pair.read(source / "weights.safetensors").aligned

    with progress(f"tracing {name}", sum(map(len, questions.values()))) as advance:
        aligned, head = trace_base(out / "traces" / earlier, advance) if earlier else trace_both(advance)
    learned = {"count": len(questions["train"]), "sha256": digest(questions["train"]["prompt"].tolist())}
    identities = {"base": asdict(identify(base, tokenizer)), "aligned": aligned, "prompts": learned}
    with atomic_write(folder / "pair.json") as path:
        path.write_text(json.dumps(identities, indent=1), encoding="utf-8")
    Pair(OutputHead.of(base), head).write(folder / "weights.safetensors")
