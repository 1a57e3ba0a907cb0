"""The share of the alignment's improvement that a student regains (the paper's 58 % and 78 %), with intervals."""

from __future__ import annotations

import numpy as np

from superficial.measures.intervals import UNKNOWN, Estimate, Scores, resampled_sums


def recovered_share(
    base: list[Scores], aligned: list[Scores], student: list[Scores], seed: int, pooled: bool = True
) -> Estimate:
    """Return the recovered share over one or more models, with a paired bootstrap interval over questions.

    Args:
        base: per model, the score of each question; `aligned` and `student` alike, in the same order of questions.
        aligned: see `base`.
        student: see `base`.
        seed: of the resampling.
        pooled: sum of gains over sum of gaps (how the paper's 58 % and 78 % come about); else the mean of ratios.

    Returns:
        (student - base) / (aligned - base) of the mean scores. Whether higher is better cancels. `UNKNOWN` where there
        is no gap between base and aligned: in all together for the pooled share, in any model for the mean of ratios;
        and where, of a model, no question was judged for all three.

    Raises:
        ValueError: where questions do not pair up.
    """
    gains, gaps = [], []
    for model, (b, a, s) in enumerate(zip(base, aligned, student, strict=True)):
        if not len(b) == len(a) == len(s) > 0:
            raise ValueError(f"Scores must pair up by question: got {len(b)}, {len(a)} and {len(s)} of them.")
        gain, gap = np.asarray(s, dtype=float) - b, np.asarray(a, dtype=float) - b
        # What one of the three was not judged on pairs with nothing.
        known = ~np.isnan(gain + gap)
        gain, gap = gain[known], gap[known]
        if not len(gain):
            return UNKNOWN
        # Each model's questions are drawn by themselves; its three scores of a question stay together.
        sums = np.vstack([[gain.sum(), gap.sum()], resampled_sums(gain, gap, seed=seed + model)]) / len(gain)
        gains.append(sums[:, 0])
        gaps.append(sums[:, 1])
    without = np.sum(gaps, 0)[0] == 0 if pooled else any(gap[0] == 0 for gap in gaps)
    if without:
        return UNKNOWN
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.sum(gains, 0) / np.sum(gaps, 0) if pooled else np.mean(np.divide(gains, gaps), 0)
    # Where a resample has no gap its share is unknown, and with it the interval.
    return Estimate.of_resampled(shares[0], np.where(np.isfinite(shares), shares, np.nan)[1:])
