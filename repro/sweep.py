"""sweep: a black-box head at every k -> cover rate, similarity of both bases' spans, token accuracy on both models."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd
import torch
from stage import run, use_threads

from superficial.config import Profile
from superficial.files import write_rows
from superficial.knowledge.heads import load_logit_heads
from superficial.knowledge.logit_head import top_k
from superficial.knowledge.output_head import read_output_heads
from superficial.knowledge.subspace import transfer_space_similarity
from superficial.knowledge.traces import read_shards
from superficial.progress import progress


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_threads(profile)
    chosen = profile.sweep
    assert chosen is not None, "this profile has no sweep"

    def logits(pair: str, split: str):
        (base, aligned), trace = (
            read_output_heads(out / "traces" / pair / "weights.safetensors"),
            read_shards(out / "traces" / pair / split),
        )
        target = aligned.logits(trace.aligned_hidden).argmax(-1)
        return trace, base.logits(trace.base_hidden), target

    validation = {name: logits(pair, "validation") for name, pair in (("small", chosen.small), ("large", chosen.large))}
    _, small, target = logits(chosen.small, "test")
    _, large, _ = logits(chosen.identical, "test")
    rank = 1 + (small > small.gather(1, target[:, None])).sum(-1)
    shifted = rank[small.argmax(-1) != target]
    drawn = torch.randperm(len(small), generator=torch.Generator().manual_seed(0))[: chosen.vectors]
    heads = load_logit_heads(out / "heads" / chosen.head)
    rows, accuracy = [], []
    with progress("sweeping k", len(heads)) as advance:
        for head in heads:
            k = head.k
            printed, overlap = transfer_space_similarity(top_k(small[drawn], k), top_k(large[drawn], k))
            cover = (shifted <= k).float().mean().item()
            rows.append({"k": k, "cover_rate": cover, "similarity": printed, "overlap": overlap})
            for model, (trace, base, aligned) in validation.items():
                right = head.student(None, base).argmax(-1) == aligned
                table = pd.DataFrame({"prompt": trace.prompt.numpy(), "right": right.numpy()})
                by_prompt = table.groupby("prompt")["right"].agg(["sum", "size"]).reset_index()
                accuracy.append(by_prompt.assign(k=k, model=model))
            advance(1)
    for name, table in (("sweep", pd.DataFrame(rows)), ("sweep-accuracy", pd.concat(accuracy))):
        write_rows(table, out / "measures" / f"{name}.parquet")


if __name__ == "__main__":
    run(main, __doc__)
