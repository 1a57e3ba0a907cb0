"""The recovered share: how much of the improvement by alignment a student regains (the paper's 58 % and 78 %)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from superficial.measures.intervals import NO_GAP, NOT_JUDGED, Estimate, resampled_means
from superficial.measures.question_scores import QuestionScores


def recovered_share(
    base: Sequence[QuestionScores],
    aligned: Sequence[QuestionScores],
    student: Sequence[QuestionScores],
    seed: int,
    pooled: bool = True,
) -> Estimate:
    """Return the recovered share of one or more model pairs, with a paired bootstrap interval over questions.

    All pairs that answer the same benchmark are resampled together, question by question.

    Args:
        base: of each model pair, the base's scores.
        aligned: likewise, of the same questions.
        student: likewise, of the same questions.
        seed: seed of the resampling.
        pooled: sum of gains / sum of gaps, as in the paper's 58 % and 78 %; otherwise the mean of the pairs' ratios.

    Returns:
        (student - base) / (aligned - base) of the mean scores. Whether higher is better cancels out. `NO_GAP` where
        base and aligned score the same: over all pairs for the pooled share, in any pair for the mean of ratios.
        `NOT_JUDGED` where a pair has no question that was judged for all three.

    Raises:
        ValueError: if the three are not of the same questions.
    """
    gains, gaps = [], []
    for b, a, s in zip(base, aligned, student, strict=True):
        gain, gap = s.minus(b), a.minus(b)
        # A question counts only where all three were judged on it.
        judged = ~np.isnan(gain.values + gap.values)
        if not judged.any():
            return NOT_JUDGED
        gains.append(gain.where(judged))
        gaps.append(gap.where(judged))
    resampled = resampled_means([*gains, *gaps], seed)
    gain_means, gap_means = np.split(resampled.means, 2, axis=1)
    if gap_means[0].sum() == 0 if pooled else (gap_means[0] == 0).any():
        return NO_GAP
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = gain_means.sum(1) / gap_means.sum(1) if pooled else (gain_means / gap_means).mean(1)
    return Estimate.of_resampled(shares, resampled.clusters)
