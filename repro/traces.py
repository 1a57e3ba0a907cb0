"""traces PAIR: a pair and its world's questions -> responses, both models' hidden states, output heads, identities."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from stage import run, use_threads

from superficial.config import SPLITS, Profile
from superficial.files import atomic_write, write_rows
from superficial.knowledge.identity import digest, identify
from superficial.knowledge.output_head import OutputHead, write_output_heads
from superficial.knowledge.traces import Trace, write_shards
from superficial.knowledge.tracing import trace_prompts
from superficial.models.batches import BESIDE
from superficial.models.generation import batch_size
from superficial.models.loading import check_same_vocabulary, load_model
from superficial.progress import progress
from superficial.prompts import prompt_ids, read_context


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_threads(profile)
    pair = profile.pairs[arguments.pair]
    base, tokenizer = load_model(out / "models" / pair.base)
    aligned, aligned_tokenizer = load_model(out / "models" / pair.aligned)
    check_same_vocabulary(tokenizer, aligned_tokenizer)
    folder = out / "traces" / arguments.pair
    world = out / "worlds" / profile.world_of(pair.base)
    context = read_context(world / "context.json")
    questions = {split: pd.read_parquet(world / f"{split}.parquet") for split in SPLITS}
    questions = {split: q[q["benchmark"].isin(pair.benchmarks)] for split, q in questions.items()}
    with progress(f"tracing {arguments.pair}", sum(map(len, questions.values()))) as advance:

        def traces(asked: pd.DataFrame, responses: list[list[int]]) -> Iterator[Trace]:
            rows = list(asked.itertuples())
            basic, own = (
                [prompt_ids(reader, row.prompt, row.benchmark, form, pair.wrapper, context) for row in rows]
                for reader, form in ((tokenizer, pair.base_prompt), (aligned_tokenizer, pair.aligned_prompt))
            )
            ends = [aligned_tokenizer.eos_token_id]
            batch = batch_size(aligned, own, profile.max_new_tokens, BESIDE)
            for trace, new in trace_prompts(base, aligned, basic, own, ends, profile.max_new_tokens, batch, advance):
                responses += new
                yield trace

        for split, asked in questions.items():
            responses: list[list[int]] = []
            write_shards(folder / split, traces(asked, responses))
            texts = tokenizer.batch_decode(responses, skip_special_tokens=True)
            write_rows(asked.assign(response=texts), folder / f"{split}-responses.parquet")
    made_for = {
        "base": asdict(identify(base, tokenizer)),
        "aligned": asdict(identify(aligned, aligned_tokenizer)),
        "prompts": {"count": len(questions["train"]), "sha256": digest(questions["train"]["prompt"].tolist())},
    }
    with atomic_write(folder / "pair.json") as path:
        path.write_text(json.dumps(made_for, indent=1), encoding="utf-8")
    write_output_heads(folder / "weights.safetensors", OutputHead.of(base), OutputHead.of(aligned))


if __name__ == "__main__":
    run(main, __doc__, "pair")
