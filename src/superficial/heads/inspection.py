"""What a head changes, and how two heads differ: numbers for a page or a terminal.

`inspect_head` gives what is saved beside a head as inspect.json:

    format            1
    kind              "residual" | "logit"
    alpha             strength
    shape             [vocab, width] of dW, [vocab, vocab] of W_trans
    prompts           how many validation prompts
    positions         how many response positions of theirs
    kl                {"base", "superficial"}: mean KL(P_a || .) over these positions, nats
    kl_by_position    [{"position", "prompts", "kl_base", "kl_superficial"}], t = 0 first; mean over the responses that
                      are so long, nats
    rises, falls      [{"token", "id", "mean_change"}], 20 each, largest first: by how much a token's logit changes on
                      average over these positions, relative to the mean over the vocabulary (a change of all logits
                      alike changes no probability)
    energy_by_rank    [{"rank", "share"}] at ranks 1, 2, 4, ...: share of ||dW||_F^2 in its first singular directions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superficial.heads.head import LogitHead, ResidualHead
from superficial.traces.output_head import OutputHead
from superficial.traces.positions import measure_positions
from superficial.traces.rows import chunks
from superficial.traces.trace import Trace

FORMAT = 1
_TOKENS = 20
_CHUNK = 2048
_LARGEST_SPECTRUM = 8192


def inspect_head(
    head: ResidualHead | LogitHead,
    base: OutputHead,
    aligned: OutputHead,
    trace: Trace,
    token: Callable[[int], str | None],
) -> dict[str, Any]:
    """Return what a head changes at the positions of a trace; the module says in which fields.

    Args:
        head: the head, at its strength.
        base: the output head of the base.
        aligned: that of the aligned model.
        trace: validation prompts.
        token: the text of a token's number.
    """
    columns = measure_positions(base, aligned, head.student, trace)
    kl = pd.DataFrame({name: columns[name].numpy() for name in ("prompt", "position", "kl_base", "kl_superficial")})
    grouped = kl.groupby("position")
    by_position = grouped[["kl_base", "kl_superficial"]].mean().assign(prompts=grouped.size()).reset_index()
    change = mean_change(head, base, trace)
    order = change.argsort(descending=True).tolist()
    rises, falls = order[:_TOKENS], order[::-1][:_TOKENS]
    return {
        "format": FORMAT,
        "kind": _kind(head),
        "alpha": head.alpha,
        "shape": list(_matrix(head).shape),
        "prompts": int(kl["prompt"].nunique()),
        "positions": len(kl),
        "kl": {name: float(kl[f"kl_{name}"].mean()) for name in ("base", "superficial")},
        "kl_by_position": by_position.to_dict("records"),
        **{
            name: [{"token": token(i), "id": i, "mean_change": change[i].item()} for i in chosen]
            for name, chosen in (("rises", rises), ("falls", falls))
        },
        "energy_by_rank": [{"rank": rank, "share": share} for rank, share in energy_by_rank(_matrix(head))],
    }


def mean_change(head: ResidualHead | LogitHead, base: OutputHead, trace: Trace) -> Float[Tensor, " vocab"]:
    """Return by how much each token's logit changes on average, relative to the mean over the vocabulary."""
    total = torch.zeros(len(base.weight), dtype=torch.float64, device=base.weight.device)
    for hidden in chunks(trace.base_hidden, _CHUNK):
        logits = base.logits(hidden)
        total += (head.student(hidden, logits) - logits).double().sum(0)
    mean = total.cpu() / len(trace.token)
    return mean - mean.mean()


def energy_by_rank(matrix: Float[Tensor, "row column"]) -> list[tuple[int, float]]:
    """Return the share of a matrix's squared Frobenius norm in its first singular directions, at ranks 1, 2, 4, ...

    Of a matrix with more columns than `_LARGEST_SPECTRUM` nothing is returned: it would take hours.
    """
    if matrix.shape[1] > _LARGEST_SPECTRUM:
        return []
    squares = _spectrum(matrix)[0]
    total = squares.sum()
    if not total:
        return []
    shares = squares.cumsum(0) / total
    return [(rank, shares[rank - 1].item()) for rank in _powers(len(shares))]


def compare_heads(left: ResidualHead | LogitHead, right: ResidualHead | LogitHead) -> dict[str, Any]:
    """Compare two heads of one kind and size, each at its strength.

    Returns:
        same_base: whether both were made for one base model; norms: ||alpha dW||_F of each; cosine: of the two matrices
        as vectors; overlap_by_rank: [{"rank", "overlap"}], ||V_1^T V_2||_F^2 / rank for the first right singular
        vectors, the directions of the hidden states (or logits) that the heads read; rises_shared and falls_shared: the
        share of the first tokens of both inspections that are the same, None where one has no inspection.

    Raises:
        ValueError: where kind or size differ.
    """
    one, two = _matrix(left), _matrix(right)
    if _kind(left) != _kind(right) or one.shape != two.shape:
        described = [f"a {_kind(head)} head of {tuple(_matrix(head).shape)}" for head in (left, right)]
        raise ValueError(f"Only heads of one kind and size can be compared, these are {' and '.join(described)}.")
    # In float32 the sums over a large vocabulary round a cosine beyond 1.
    norms = [torch.linalg.vector_norm(matrix, dtype=torch.float64).item() for matrix in (one, two)]
    product = norms[0] * norms[1]
    (_, first), (_, second) = _spectrum(one), _spectrum(two)
    shared = [
        {"rank": rank, "overlap": (torch.linalg.norm(first[:, :rank].T @ second[:, :rank]) ** 2 / rank).item()}
        for rank in _powers(min(first.shape[1], second.shape[1]))
    ]
    return {
        "same_base": left.card.get("base") is not None and left.card.get("base") == right.card.get("base"),
        "norms": norms,
        "cosine": (one.double() * two).sum().item() / product if product else None,
        "overlap_by_rank": shared,
        **{f"{name}_shared": _shared(left.inspection, right.inspection, name) for name in ("rises", "falls")},
    }


def _spectrum(matrix: Float[Tensor, "row column"]) -> tuple[Float[Tensor, " rank"], Float[Tensor, "column rank"]]:
    """Return squared singular values and right singular vectors, the largest first, those of value 0 left out.

    They come from the Gram matrix of the columns, which is small where the vocabulary is large.
    """
    gram = matrix.double().T @ matrix.double()
    squares, vectors = torch.linalg.eigh(gram)
    squares, vectors = squares.flip(0), vectors.flip(1)
    kept = squares > squares[0].clamp(min=0) * len(gram) * torch.finfo(torch.float64).eps
    return squares[kept], vectors[:, kept]


def _powers(last: int) -> list[int]:
    ranks = [1]
    while ranks[-1] * 2 < last:
        ranks.append(ranks[-1] * 2)
    return ([*ranks, last] if last > 1 else ranks) if last else []


def _shared(left: dict[str, Any], right: dict[str, Any], name: str) -> float | None:
    if not left or not right:
        return None
    ids = [{token["id"] for token in inspection[name]} for inspection in (left, right)]
    return len(ids[0] & ids[1]) / max(map(len, ids))


def _matrix(head: ResidualHead | LogitHead) -> Tensor:
    return head.alpha * (head.delta if isinstance(head, ResidualHead) else head.weight)


def _kind(head: ResidualHead | LogitHead) -> str:
    return "residual" if isinstance(head, ResidualHead) else "logit"
