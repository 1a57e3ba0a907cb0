"""traces PAIR: a pair and its world's questions -> responses, both models' hidden states, output heads, identities.

What a pair before it has of the same responses is taken from there: only the other base model is left to read them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.config import SPLITS, Profile
from superficial.files import atomic_write, write_rows
from superficial.models.batches import MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.models.checks import check_same_vocabulary
from superficial.models.device import set_up_torch
from superficial.models.generation import choose_batch_size
from superficial.models.identity import digest, identify
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import OutputHead, read_output_heads, write_output_heads
from superficial.traces.trace import Trace, each_shard, reread, write_shards
from superficial.traces.tracing import trace_prompts


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    pair, first = profile.pairs[name], profile.pair_with_same_responses(name)
    base, tokenizer = load_model(out / "models" / pair.base)
    folder = out / "traces" / name
    world = out / "worlds" / profile.world_of(pair.base)
    context = read_context(world / "context.json")
    base_prompting = Prompting(context, pair.base_prompt_format, pair.wrapper)
    questions = {split: pd.read_parquet(world / f"{split}.parquet") for split in SPLITS}
    questions = {split: q[q["benchmark"].isin(pair.benchmarks)] for split, q in questions.items()}

    def trace(advance: Callable[[int], None]) -> tuple[dict[str, Any], OutputHead]:
        aligned, aligned_tokenizer = load_model(out / "models" / pair.aligned)
        check_same_vocabulary(tokenizer, aligned_tokenizer)
        ends = [aligned_tokenizer.eos_token_id]

        def traces(asked: pd.DataFrame, responses: list[list[int]]) -> Iterator[Trace]:
            basic = base_prompting.prompts(tokenizer, asked)
            own = Prompting(context, pair.aligned_prompt_format, pair.wrapper).prompts(aligned_tokenizer, asked)
            batch = choose_batch_size(aligned, own, profile.max_new_tokens, MEMORY_SHARE_WITH_SECOND_MODEL)
            for part, new in trace_prompts(base, aligned, basic, own, ends, profile.max_new_tokens, batch, advance):
                responses += new
                yield part

        for split, asked in questions.items():
            responses: list[list[int]] = []
            write_shards(folder / split, traces(asked, responses))
            texts = tokenizer.batch_decode(responses, skip_special_tokens=True)
            write_rows(asked.assign(response=texts), folder / f"{split}-responses.parquet")
        return asdict(identify(aligned, aligned_tokenizer)), OutputHead.of(aligned)

    def trace_again(earlier: Path, advance: Callable[[int], None]) -> tuple[dict[str, Any], OutputHead]:
        def traces(split: str, asked: pd.DataFrame) -> Iterator[Trace]:
            basic = base_prompting.prompts(tokenizer, asked)
            batch = choose_batch_size(base, basic, profile.max_new_tokens, MEMORY_SHARE_WITH_SECOND_MODEL)
            for part in each_shard(earlier / split):
                yield reread(base, part, basic, batch)
                advance(len(part.prompt.unique()))

        for split, asked in questions.items():
            write_shards(folder / split, traces(split, asked))
            with atomic_write(folder / f"{split}-responses.parquet") as path:
                shutil.copyfile(earlier / f"{split}-responses.parquet", path)
        made_for = json.loads((earlier / "pair.json").read_text(encoding="utf-8"))
        return made_for["aligned"], read_output_heads(earlier / "weights.safetensors")[1]

    with progress(f"tracing {name}", sum(map(len, questions.values()))) as advance:
        aligned, head = trace_again(out / "traces" / first, advance) if first else trace(advance)
    made_for = {
        "base": asdict(identify(base, tokenizer)),
        "aligned": aligned,
        "prompts": {"count": len(questions["train"]), "sha256": digest(questions["train"]["prompt"].tolist())},
    }
    with atomic_write(folder / "pair.json") as path:
        path.write_text(json.dumps(made_for, indent=1), encoding="utf-8")
    write_output_heads(folder / "weights.safetensors", OutputHead.of(base), head)
