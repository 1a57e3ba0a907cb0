"""The share of the alignment's improvement that a student regains (the paper's 58 % and 78 %), with intervals."""

from __future__ import annotations

import numpy as np

from superficial.measures.intervals import RESAMPLES, Estimate, Scores


def _shares(base: Scores, aligned: Scores, student: Scores, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return gains and gaps of resampled questions; `rows` is (resample, question)."""
    return (student - base)[rows].mean(-1), (aligned - base)[rows].mean(-1)


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
        (student - base) / (aligned - base) of the mean scores. Whether higher is better cancels.

    Raises:
        ValueError: where questions do not pair up, or there is no gap between base and aligned: in all together for the
            pooled share, in any model for the mean of ratios.
    """
    rng = np.random.default_rng(seed)
    gains, gaps = [], []
    for b, a, s in zip(base, aligned, student, strict=True):
        if not len(b) == len(a) == len(s) > 0:
            raise ValueError(f"Scores must pair up by question: got {len(b)}, {len(a)} and {len(s)} of them.")
        rows = np.vstack([np.arange(len(b)), rng.integers(0, len(b), (RESAMPLES, len(b)))])
        gain, gap = _shares(np.asarray(b), np.asarray(a), np.asarray(s), rows)
        gains.append(gain)
        gaps.append(gap)
    without = np.sum(gaps, 0)[0] == 0 if pooled else any(gap[0] == 0 for gap in gaps)
    if without:
        raise ValueError("Base and aligned score the same: there is no gap to recover a share of.")
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.sum(gains, 0) / np.sum(gaps, 0) if pooled else np.mean(np.divide(gains, gaps), 0)
    # Where a resample has no gap its share is unknown, and with it the interval.
    return Estimate.of_resampled(shares[0], np.where(np.isfinite(shares), shares, np.nan)[1:])
