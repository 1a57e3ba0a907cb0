"""Where alignment acts by kind of token: share of shift tokens, KL, and how much of the KL a head takes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superficial.measures.intervals import NOT_JUDGED, RESAMPLES, Estimate, ratio


@dataclass(frozen=True)
class KindMeasures:
    """What is measured at the positions whose target token is of a kind; KL in nats, intervals over prompts.

    `recovered_kl` is 1 - KL with the head / KL of the base.
    """

    kind: str
    positions: int
    shifted: Estimate
    kl_base: Estimate
    kl_superficial: Estimate
    recovered_kl: Estimate


def by_token_kind(positions: pd.DataFrame, kind_of: Callable[[str], str], seed: int) -> list[KindMeasures]:
    """Return what is measured at each kind of target token, the most frequent kind first.

    Args:
        positions: one row per response position: prompt, source, target, kl_base, kl_superficial.
        kind_of: the kind of a token.
        seed: seed of the resampling.
    """
    kinds = positions["target"].map({token: kind_of(token) for token in positions["target"].unique()})
    shifted = (positions["source"] != positions["target"]).astype(float)
    table = positions.assign(kind=kinds, shifted=shifted, count=1.0)
    columns = ["count", "shifted", "kl_base", "kl_superficial"]
    measured = []
    for kind in table["kind"].value_counts().index:
        sums = table[table["kind"] == kind].groupby("prompt")[columns].sum()
        drawn = _resampled(sums.to_numpy(), seed)
        count, _, base, superficial = drawn.T
        measured.append(
            KindMeasures(
                str(kind),
                int(sums["count"].sum()),
                ratio(sums["shifted"].to_numpy(), sums["count"].to_numpy(), seed),
                Estimate.of_resampled(base / count, len(sums)),
                Estimate.of_resampled(superficial / count, len(sums)),
                _recovered(base, superficial, len(sums)),
            )
        )
    return measured


def _resampled(sums: np.ndarray, seed: int) -> np.ndarray:
    """Return the sums over all prompts, then those over each bootstrap sample of prompts."""
    counts = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES)
    return np.vstack([sums.sum(0), counts @ sums])


def _recovered(base: np.ndarray, superficial: np.ndarray, prompts: int) -> Estimate:
    if base[0] <= 0:
        return NOT_JUDGED
    with np.errstate(divide="ignore", invalid="ignore"):
        return Estimate.of_resampled(1 - superficial / base, prompts)
