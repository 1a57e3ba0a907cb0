"""Measures what a head changes on validation prompts."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.heads.files import Inspection, MeanKl, PositionKl, RankEnergy, TokenChange
from superficial.heads.loading import Head
from superficial.heads.spectrum import energy_by_rank
from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.positions import measure_positions
from superficial.traces.sharded_rows import row_chunks
from superficial.traces.trace import Trace

_TOKENS = 20
_CHUNK = 2048


def inspect_head(head: Head, pair: Pair, trace: Trace, token_text: Callable[[int], str]) -> Inspection:
    """Return what a head changes at the positions of a trace.

    Args:
        head: the head, at its strength.
        pair: the output heads of the models that it was made for.
        trace: validation prompts.
        token_text: the text of a token id.

    Raises:
        ValueError: if the KL is not finite somewhere: the logits overflow.
    """
    columns = measure_positions(pair, head.student_logits, trace)
    kl_base, kl_superficial = columns["kl_base"], columns["kl_superficial"]
    if not (kl_base.isfinite().all() and kl_superficial.isfinite().all()):
        raise ValueError("The KL of this head is not finite at every position: logits exceed what float32 can hold.")
    change = mean_change(head, pair.base, trace)
    order = change.argsort(descending=True).tolist()

    def changes(tokens: list[int]) -> list[TokenChange]:
        return [TokenChange(token=token_text(i), id=i, mean_change=change[i].item()) for i in tokens]

    return Inspection(
        kind=head.kind,
        alpha=head.alpha,
        shape=list(head.matrix.shape),
        prompts=len(columns["prompt"].unique()),
        positions=len(kl_base),
        kl=MeanKl(base=kl_base.mean().item(), superficial=kl_superficial.mean().item()),
        kl_by_position=[
            PositionKl(
                position=position,
                prompts=int(here.sum()),
                kl_base=kl_base[here].mean().item(),
                kl_superficial=kl_superficial[here].mean().item(),
            )
            for position in columns["position"].unique().tolist()
            for here in [columns["position"] == position]
        ],
        rises=changes(order[:_TOKENS]),
        falls=changes(order[::-1][:_TOKENS]),
        energy_by_rank=[RankEnergy(rank=rank, share=share) for rank, share in energy_by_rank(head.matrix).items()],
    )


def mean_change(head: Head, base: OutputHead, trace: Trace) -> Float[Tensor, " vocab"]:
    """Return by how much each token's logit changes on average, relative to the mean over the vocabulary."""
    total = torch.zeros(len(base.weight), dtype=torch.float64, device=base.weight.device)
    for hidden in row_chunks(trace.base_hidden, positions_at_once(len(base.weight), _CHUNK)):
        logits = base.logits(hidden)
        total += (head.student_logits(hidden, logits) - logits).double().sum(0)
    mean = total.cpu() / len(trace)
    return mean - mean.mean()
