"""sweep: a black-box head at every k -> cover rate, similarity of both bases' spans, token accuracy on both models."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from superficial.config import Profile
from superficial.distillation.black_box import top_k
from superficial.files import write_rows
from superficial.heads.head import LogitHead, load_logit_heads
from superficial.heads.transfer_space import transfer_space_similarity
from superficial.models.device import device, set_up_torch
from superficial.progress import progress
from superficial.traces.output_head import OutputHead, read_output_heads
from superficial.traces.trace import Trace, read_shards

_CHUNK = 16_384

Traced = tuple[OutputHead, OutputHead, Trace]


def _drawn_logits(base: OutputHead, trace: Trace, drawn: Tensor) -> Tensor:
    """Return the base's logits at the drawn positions."""
    found = []
    for at in torch.arange(len(trace.token)).split(_CHUNK):
        inside = torch.isin(at, drawn)
        found.append(base.logits(trace.base_hidden[at])[inside.to(base.weight.device)].cpu())
    order = drawn.argsort().argsort()
    return torch.cat(found)[order]


def _shifted_ranks(base: OutputHead, aligned: OutputHead, trace: Trace) -> Tensor:
    """Return the rank of the target token in the base's distribution at every shift token."""
    found = []
    for at in torch.arange(len(trace.token)).split(_CHUNK):
        target = aligned.logits(trace.aligned_hidden[at]).argmax(-1)
        logits = base.logits(trace.base_hidden[at])
        rank = 1 + (logits > logits.gather(1, target[:, None])).sum(-1)
        found.append(rank[logits.argmax(-1) != target].cpu())
    return torch.cat(found)


def _accuracy(head: LogitHead, base: OutputHead, aligned: OutputHead, trace: Trace) -> pd.DataFrame:
    """Return by prompt at how many positions the student's first token is the aligned model's."""
    right = []
    for at in torch.arange(len(trace.token)).split(_CHUNK):
        student = head.student(None, base.logits(trace.base_hidden[at])).argmax(-1)
        right.append((student == aligned.logits(trace.aligned_hidden[at]).argmax(-1)).cpu())
    table = pd.DataFrame({"prompt": trace.prompt.numpy(), "right": torch.cat(right).numpy()})
    return table.groupby("prompt")["right"].agg(["sum", "size"]).reset_index()


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    chosen = profile.sweep
    assert chosen is not None, "this profile has no sweep"

    def read(pair: str, split: str) -> Traced:
        base, aligned = read_output_heads(out / "traces" / pair / "weights.safetensors")
        return base.to(device()), aligned.to(device()), read_shards(out / "traces" / pair / split)

    small, aligned, test = read(chosen.small, "test")
    large, _, identical = read(chosen.large_on_small, "test")
    if not torch.equal(test.token, identical.token):
        raise ValueError(
            f"The traces {chosen.small} and {chosen.large_on_small} hold other responses; trace both again."
        )
    shifted = _shifted_ranks(small, aligned, test)
    drawn = torch.randperm(len(test.token), generator=torch.Generator().manual_seed(0))[: chosen.positions]
    one, other = _drawn_logits(small, test, drawn), _drawn_logits(large, identical, drawn)
    validation = {name: read(pair, "validation") for name, pair in (("small", chosen.small), ("large", chosen.large))}
    heads = load_logit_heads(out / "heads" / chosen.head)
    rows, accuracy = [], []
    with progress("sweeping k", len(heads)) as advance:
        for head in heads:
            k = head.k
            printed, overlap = transfer_space_similarity(top_k(one, k), top_k(other, k))
            cover = (shifted <= k).float().mean().item()
            rows.append({"k": k, "cover_rate": cover, "similarity": printed, "overlap": overlap})
            for model, traced in validation.items():
                accuracy.append(_accuracy(head.to(device()), *traced).assign(k=k, model=model))
            advance(1)
    for name, table in (("sweep", pd.DataFrame(rows)), ("sweep-accuracy", pd.concat(accuracy))):
        write_rows(table, out / "measures" / f"{name}.parquet")
