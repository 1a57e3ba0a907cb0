"""KL to the aligned model by response position (Figure 2), with intervals over prompts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from superficial.measures.intervals import RESAMPLES, Estimate

FIRST_POSITIONS = 10
CURVES = ("kl_base", "kl_superficial")
# A mean over fewer prompts than this is too noisy to plot.
_MIN_PROMPTS = 5


def by_position(positions: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the mean of each curve at each response position, with bootstrap bands over prompts.

    Args:
        positions: one row per prompt and response position, with `CURVES` in nats.
        seed: seed of the resampling.

    Returns:
        one row per position that at least five responses reach: position, prompts, and each curve with its band.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for position, group in positions.groupby("position"):
        if len(group) < _MIN_PROMPTS:
            continue
        drawn = rng.integers(0, len(group), (RESAMPLES, len(group)))
        row: dict[str, float] = {"position": float(position), "prompts": len(group)}
        for curve in CURVES:
            values = group[curve].to_numpy()
            mean = Estimate.of_resampled(np.append(values.mean(), values[drawn].mean(-1)), len(group))
            row |= {curve: mean.value, f"{curve}_low": mean.low, f"{curve}_high": mean.high}
        rows.append(row)
    return pd.DataFrame(rows).astype({"position": int, "prompts": int})


def _sums(positions: pd.DataFrame, curve: str) -> pd.DataFrame:
    part = np.where(positions["position"] < FIRST_POSITIONS, "first", "later")
    grouped = positions.groupby(["prompt", part])[curve].agg(["sum", "size"]).unstack(fill_value=0)
    return grouped.reindex(columns=pd.MultiIndex.from_product([["sum", "size"], ["first", "later"]]), fill_value=0)


def summary(positions: pd.DataFrame, seed: int) -> dict[str, Estimate]:
    """Return the mean KL over the first ten positions, the later ones and all, and contrasts of these means.

    Args:
        positions: one row per prompt and response position, with `CURVES` in nats.
        seed: seed of the resampling.

    Returns:
        base_first, base_later, base_all and superficial_first, superficial_later, superficial_all in nats; first_fall
        and fall, the share by which the head lowers the KL of the first ten and of all positions; front_loading,
        base_first - base_later. Intervals are over prompts. What needs positions that no response reaches is missing.
    """
    sums = {curve.removeprefix("kl_"): _sums(positions, curve) for curve in CURVES}
    prompts = len(sums["base"])
    drawn = np.vstack([np.arange(prompts), np.random.default_rng(seed).integers(0, prompts, (RESAMPLES, prompts))])
    values: dict[str, np.ndarray] = {}
    for model, table in sums.items():
        for part, parts in (("first", ["first"]), ("later", ["later"]), ("all", ["first", "later"])):
            totals, counts = (table[kind][parts].sum(axis=1).to_numpy()[drawn].sum(-1) for kind in ("sum", "size"))
            values[f"{model}_{part}"] = np.divide(totals, counts, out=np.full(len(totals), np.nan), where=counts > 0)
    values["first_fall"] = 1 - values["superficial_first"] / np.maximum(values["base_first"], 1e-12)
    values["fall"] = 1 - values["superficial_all"] / np.maximum(values["base_all"], 1e-12)
    values["front_loading"] = values["base_first"] - values["base_later"]
    return {name: _estimate(resampled, prompts) for name, resampled in values.items()}


def _estimate(resampled: np.ndarray, prompts: int) -> Estimate:
    estimate = Estimate.of_resampled(resampled, prompts)
    return replace(estimate, missing="no such positions") if np.isnan(estimate.value) else estimate


def largest_first_positions(positions: pd.DataFrame, count: int) -> list[int]:
    """Return which of the first ten positions have the largest mean KL of the base, so many of them."""
    first = positions[positions["position"] < FIRST_POSITIONS]
    return first.groupby("position")["kl_base"].mean().nlargest(count).index.tolist()
