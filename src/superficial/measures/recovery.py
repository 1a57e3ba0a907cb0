"""The recovered share: how much of the improvement by alignment a student regains (the paper's 58 % and 78 %)."""

from __future__ import annotations

import numpy as np

from superficial.measures.intervals import NO_GAP, NOT_JUDGED, Estimate, Scores, resampled_sums


def recovered_share(
    base: list[Scores], aligned: list[Scores], student: list[Scores], seed: int, pooled: bool = True
) -> Estimate:
    """Return the recovered share of one or more model pairs, with a paired bootstrap interval over questions.

    Args:
        base: for each model pair, one score per question; NaN where the judge gave none.
        aligned: likewise, in the same order of questions.
        student: likewise, in the same order of questions.
        seed: seed of the resampling.
        pooled: sum of gains / sum of gaps, as in the paper's 58 % and 78 %; otherwise the mean of the pairs' ratios.

    Returns:
        (student - base) / (aligned - base) of the mean scores. Whether higher is better cancels out. `NO_GAP` where
        base and aligned score the same: over all pairs for the pooled share, in any pair for the mean of ratios.
        `NOT_JUDGED` where a pair has no question that was judged for all three.

    Raises:
        ValueError: if the three have different numbers of questions, or none.
    """
    gains, gaps = [], []
    for model, (b, a, s) in enumerate(zip(base, aligned, student, strict=True)):
        if not len(b) == len(a) == len(s) > 0:
            raise ValueError(
                f"Paired scores must be of the same questions: got {len(b)}, {len(a)} and {len(s)} scores."
            )
        gain, gap = np.asarray(s, dtype=float) - b, np.asarray(a, dtype=float) - b
        # A question counts only where all three were judged on it.
        judged = ~np.isnan(gain + gap)
        gain, gap = gain[judged], gap[judged]
        if not len(gain):
            return NOT_JUDGED
        # Questions are drawn for each pair separately; the three scores of a question stay together.
        sums = np.vstack([[gain.sum(), gap.sum()], resampled_sums(gain, gap, seed=seed + model)]) / len(gain)
        gains.append(sums[:, 0])
        gaps.append(sums[:, 1])
    has_no_gap = np.sum(gaps, 0)[0] == 0 if pooled else any(gap[0] == 0 for gap in gaps)
    if has_no_gap:
        return NO_GAP
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.sum(gains, 0) / np.sum(gaps, 0) if pooled else np.mean(np.divide(gains, gaps), 0)
    # A resample without a gap has no share, which leaves the interval unknown.
    return Estimate.of_resampled(shares[0], np.where(np.isfinite(shares), shares, np.nan)[1:])
