"""How much of the alignment a student regains by how many blocks of the aligned model it has, from recorded scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from superficial.depth_points import ALL_BUT_EMBEDDINGS, BASE, EVERYTHING, point_name
from superficial.measures import kl
from superficial.measures.intervals import Estimate
from superficial.measures.question_scores import QuestionScores
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, per_question
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results

FIRST, LATER = "kl_first", "kl_later"
NOT_MEASURED = Estimate(np.nan, np.nan, np.nan, missing="-")

Scores = Mapping[str, Mapping[str, pd.DataFrame]]


@dataclass(frozen=True)
class PointShares:
    """A point of a depth curve: recovered shares by measure, and residual KL (nats) by part of the response."""

    point: str
    blocks: float
    shares: dict[str, Estimate]
    kl: dict[str, Estimate]


def curve_scores(results: Results, curve: str) -> dict[str, dict[str, pd.DataFrame]]:
    """Return the scores of a curve by point and benchmark."""
    rows = results.depth_scores(curve)
    return {str(point): dict(tuple(part.groupby("benchmark"))) for point, part in rows.groupby("point", sort=False)}


def depth_measures(scores: Scores) -> list[str]:
    """Return the rates that a curve has scores for, and all four together where it has them."""
    measures = [name for name in FOUR_RATES if MEASURES[name].benchmark in scores[BASE]]
    return [*measures, ALL_FOUR] if len(measures) == len(FOUR_RATES) else measures


def share_at(scores: Scores, point: str, measure: str) -> Estimate:
    """Return the recovered share at a point of a curve; the gap is that between base and aligned model."""
    return _share(scores, measure, lambda rate: towards_better(scores[point], rate))


def share_difference(scores: Scores, left: str, right: str, measure: str) -> Estimate:
    """Return the recovered share at a point of a curve minus that at another, paired by question."""

    def student(rate: str) -> QuestionScores:
        base = towards_better(scores[BASE], rate)
        change = towards_better(scores[left], rate).minus(towards_better(scores[right], rate))
        return _base_with(base, change.values, 1)

    return _share(scores, measure, student)


def only_together(top: Scores, bottom: Scores, blocks: int, count: int, measure: str) -> Estimate:
    """Return the share that the top blocks and all other blocks regain together, but not one after the other.

    It is (all - head) - (top - head) - (bottom - head), in shares of the gap between base and aligned model, where
    `head` has a fresh head alone. Above 0, blocks need each other; below 0, each could do what the other does.

    Args:
        top: scores of the curve from the top.
        bottom: likewise, from the bottom.
        blocks: how many blocks are from the top; all others are from the bottom.
        count: how many blocks there are.
        measure: a rate, or all four together.
    """

    def student(rate: str) -> QuestionScores:
        whole, head, upper = (towards_better(top[point_name("top", m)], rate) for m in (count, 0, blocks))
        lower = towards_better(bottom[point_name("bottom", count - blocks)], rate)
        base = towards_better(top[BASE], rate)
        return _base_with(base, whole.values - upper.values - lower.values + head.values, 2)

    return _share(top, measure, student)


def points_of(results: Results, curve: str) -> list[PointShares]:
    """Return every point of a curve, the base without a head excepted."""
    assert results.profile.depth is not None, "the profile studies depth"
    scores, positions = curve_scores(results, curve), results.depth_positions(curve)
    pair, side = results.profile.depth.curves()[curve]
    if side == "bottom":
        # Base and aligned model are on the curve from the top.
        ends = curve_scores(results, f"{pair}-top")
        scores |= {point: ends[point] for point in (BASE, EVERYTHING)}
    measures = depth_measures(scores)
    measured = []
    for point, rows in positions.groupby("point", sort=False):
        means = kl.mean_by_part(rows, seed=0)
        measured.append(
            PointShares(
                str(point),
                _blocks(str(point)),
                {measure: share_at(scores, str(point), measure) for measure in measures},
                {FIRST: means["first"], LATER: means["later"]},
            )
        )
    return measured


def interactions(results: Results) -> list[PointShares]:
    """Return what only works together, for each way to divide the blocks between top and bottom."""
    assert results.profile.depth is not None, "the profile studies depth"
    upper, lower = list(results.profile.depth.curves())[:2]
    top, bottom = curve_scores(results, upper), curve_scores(results, lower)
    count = block_count(top)
    return [
        PointShares(
            f"only together: top {blocks} and bottom {count - blocks}",
            blocks,
            {measure: only_together(top, bottom, blocks, count, measure) for measure in depth_measures(top)},
            {FIRST: NOT_MEASURED, LATER: NOT_MEASURED},
        )
        for blocks in _block_numbers(top)
        if 0 < blocks < count
    ]


def block_count(scores: Scores) -> int:
    """Return how many blocks the models of a curve from the top have."""
    return max(_block_numbers(scores))


def _block_numbers(scores: Scores) -> list[int]:
    return [int(_blocks(point)) for point in scores if point.startswith("top ")]


def _blocks(point: str) -> float:
    """Return the blocks of a point; the two beyond all blocks have none."""
    return np.nan if point in (ALL_BUT_EMBEDDINGS, EVERYTHING) else float(point.rpartition(" ")[2])


def towards_better(scores: Mapping[str, pd.DataFrame], measure: str) -> QuestionScores:
    """Return the numbers of a point per question, with the sign turned where lower is better."""
    return per_question(scores, measure).times(MEASURES[measure].sign)


def _base_with(base: QuestionScores, change: np.ndarray, differences: int) -> QuestionScores:
    """Return scores whose gain over the base is a sum of so many differences of scores."""
    low, high = base.scale
    span = differences * (high - low)
    # So that the scale of the gain over the base, which intervals are widened by, is from -span to span.
    return replace(base, values=base.values + change, scale=(high - span, low + span))


def _share(scores: Scores, measure: str, student: Callable[[str], QuestionScores]) -> Estimate:
    rates = FOUR_RATES if measure == ALL_FOUR else (measure,)
    base = [towards_better(scores[BASE], rate) for rate in rates]
    aligned = [towards_better(scores[EVERYTHING], rate) for rate in rates]
    return recovered_share(base, aligned, [student(rate) for rate in rates], seed=0)
