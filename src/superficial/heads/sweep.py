"""A black-box head at every k (section 3.2): what the k largest logits cover, and what a head gains from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.transfer_space import transfer_space_similarity
from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.positions import token_ranks
from superficial.traces.trace import Trace

_CHUNK = 16_384
# Samples of different prompts, from whose spread the uncertainty of the overlap follows.
SAMPLES = 8


@dataclass(frozen=True)
class TracedPair:
    """A pair of models and a trace of it."""

    pair: Pair
    trace: Trace


def sweep_k(
    heads: Sequence[BlackBoxHead],
    small: TracedPair,
    large: TracedPair,
    validation: Mapping[str, TracedPair],
    positions: int,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each k covers, shares between two base models, and reaches in token accuracy.

    Args:
        heads: a black-box head of the small pair at several k.
        small: the small pair on test prompts.
        large: the large base model over the same responses.
        validation: pairs on validation prompts, by the name of their base model.
        positions: how many positions to draw for the similarity of the two spaces.
        advance: called with 1 after each head.

    Returns:
        One row per k (k, cover_rate, similarity and overlap, see `transfer_space_similarity`), and one row per k, model
        and prompt: at how many of its positions (`size`) the student's top-1 token is the aligned model's (`sum`).

    Raises:
        ValueError: if the traces of `small` and `large` contain different responses.
    """
    if not torch.equal(small.trace.token, large.trace.token):
        raise ValueError("The traces of the small and of the large base contain different responses; trace both again.")
    ranks = shifted_target_ranks(small.pair, small.trace)
    drawn = torch.randperm(len(small.trace), generator=torch.Generator().manual_seed(0))[:positions]
    small_logits = logits_at(small.pair.base, small.trace, drawn)
    large_logits = logits_at(large.pair.base, large.trace, drawn)
    rows, accuracies = [], []
    for head in heads:
        k = head.k
        similarity, overlap = transfer_space_similarity(top_k(small_logits, k), top_k(large_logits, k))
        cover_rate = (ranks <= k).float().mean().item()
        rows.append({"k": k, "cover_rate": cover_rate, "similarity": similarity, "overlap": overlap})
        for model, traced in validation.items():
            accuracies.append(accuracy_by_prompt(head.to(traced.pair.device), traced).assign(k=k, model=model))
        advance(1)
    return pd.DataFrame(rows), pd.concat(accuracies)


def sampled_overlaps(ks: Sequence[int], small: TracedPair, large: TracedPair, positions: int) -> pd.DataFrame:
    """Return the normalised overlap of both bases' spaces at each k, in samples of different prompts.

    Each sample has the same number of positions, because the overlap depends on it.

    Args:
        ks: the numbers of logits that are kept.
        small: the small pair on test prompts.
        large: the large base model over the same responses.
        positions: how many positions to draw for each sample; fewer where a sample's prompts have fewer.

    Returns:
        One row per sample and k (sample, k, overlap), see `transfer_space_similarity`.
    """
    generator = torch.Generator().manual_seed(0)
    prompts = small.trace.prompt.unique()
    parts = prompts[torch.randperm(len(prompts), generator=generator)].tensor_split(min(SAMPLES, len(prompts)))
    members = [torch.isin(small.trace.prompt, part).nonzero().squeeze(1) for part in parts]
    size = min(positions, *map(len, members))
    rows = []
    for sample, indices in enumerate(members):
        drawn = indices[torch.randperm(len(indices), generator=generator)[:size]]
        logits = [logits_at(each.pair.base, each.trace, drawn) for each in (small, large)]
        for k in ks:
            _, overlap = transfer_space_similarity(*(top_k(each, k) for each in logits))
            rows.append({"sample": sample, "k": k, "overlap": overlap})
    return pd.DataFrame(rows)


def shifted_target_ranks(pair: Pair, trace: Trace) -> Int[Tensor, " shift_token"]:
    """Return the rank of the target token in the base's distribution at every shift token."""
    ranks = []
    for positions in _chunks(trace, pair.base):
        target = pair.aligned.logits(trace.aligned_hidden[positions]).argmax(-1)
        logits = pair.base.logits(trace.base_hidden[positions])
        ranks.append(token_ranks(logits, target)[logits.argmax(-1) != target].cpu())
    return torch.cat(ranks)


def logits_at(base: OutputHead, trace: Trace, drawn: Int[Tensor, " row"]) -> Float[Tensor, "row vocab"]:
    """Return the base's logits at some positions, in the order of `drawn`."""
    logits = []
    for positions in _chunks(trace, base):
        is_drawn = torch.isin(positions, drawn)
        logits.append(base.logits(trace.base_hidden[positions])[is_drawn.to(base.weight.device)].cpu())
    order = drawn.argsort().argsort()
    return torch.cat(logits)[order]


def accuracy_by_prompt(head: BlackBoxHead, traced: TracedPair) -> pd.DataFrame:
    """Return by prompt at how many of its positions (`sum` of `size`) the student has the aligned top-1 token."""
    pair, trace = traced.pair, traced.trace
    right = []
    for positions in _chunks(trace, pair.base):
        student = head.student_logits(None, pair.base.logits(trace.base_hidden[positions])).argmax(-1)
        right.append((student == pair.aligned.logits(trace.aligned_hidden[positions]).argmax(-1)).cpu())
    table = pd.DataFrame({"prompt": trace.prompt.numpy(), "right": torch.cat(right).numpy()})
    return table.groupby("prompt")["right"].agg(["sum", "size"]).reset_index()


def _chunks(trace: Trace, base: OutputHead) -> Sequence[Int[Tensor, " position"]]:
    return torch.arange(len(trace)).split(positions_at_once(len(base.weight), _CHUNK))
