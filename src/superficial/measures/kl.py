"""KL to the aligned model by response position (Figure 2), with intervals over prompts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.measures.intervals import LEVEL, RESAMPLES, Estimate

FIRST_POSITIONS = 10
CURVES = ("kl_base", "kl_superficial")
# Fewer prompts than this at a position say nothing about it.
_FEWEST_PROMPTS = 5


def by_position(positions: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return per position: prompts, and the mean of each curve with a bootstrap band over prompts.

    Positions that fewer than five responses reach are left out.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for position, at in positions.groupby("position"):
        if len(at) < _FEWEST_PROMPTS:
            continue
        drawn = rng.integers(0, len(at), (RESAMPLES, len(at)))
        row: dict[str, float] = {"position": float(position), "prompts": len(at)}
        for curve in CURVES:
            values = at[curve].to_numpy()
            low, high = np.quantile(values[drawn].mean(-1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            row |= {curve: values.mean(), f"{curve}_low": low, f"{curve}_high": high}
        rows.append(row)
    return pd.DataFrame(rows).astype({"position": int, "prompts": int})


def _sums(positions: pd.DataFrame, curve: str) -> pd.DataFrame:
    part = np.where(positions["position"] < FIRST_POSITIONS, "first", "later")
    grouped = positions.groupby(["prompt", part])[curve].agg(["sum", "size"]).unstack(fill_value=0)
    return grouped.reindex(columns=pd.MultiIndex.from_product([["sum", "size"], ["first", "later"]]), fill_value=0)


def summary(positions: pd.DataFrame, seed: int) -> dict[str, Estimate]:
    """Return the mean KL over the first ten and the later positions, of base and superficial, and what they give.

    Keys: base_first, base_later, superficial_first, superficial_later (nats); first_fall, the share by which the
    head lowers the first ten; front_loading, base_first minus base_later. Intervals resample prompts.
    """
    sums = {curve.removeprefix("kl_"): _sums(positions, curve) for curve in CURVES}
    prompts = len(sums["base"])
    drawn = np.vstack([np.arange(prompts), np.random.default_rng(seed).integers(0, prompts, (RESAMPLES, prompts))])
    found: dict[str, np.ndarray] = {}
    for model, table in sums.items():
        for part in ("first", "later"):
            totals, counts = (table[kind, part].to_numpy()[drawn].sum(-1) for kind in ("sum", "size"))
            found[f"{model}_{part}"] = totals / np.maximum(counts, 1)
    found["first_fall"] = 1 - found["superficial_first"] / np.maximum(found["base_first"], 1e-12)
    found["front_loading"] = found["base_first"] - found["base_later"]
    return {name: Estimate.of_resampled(values[0], values[1:]) for name, values in found.items()}
