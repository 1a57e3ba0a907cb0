"""Controls of the depth curve: of the aligned model only one block was trained, and the curve must jump at that block.

Before the planted block a graft is the base itself, and from it on it is the aligned model's body: the curve from the
top must be flat, jump once, and be flat again.
"""

from __future__ import annotations

import pandas as pd

from superficial.config.lab import Finetuned, TrainedBlocks
from superficial.depth_points import point_name
from superficial.reporting import depth
from superficial.reporting.recovery import ALL_FOUR
from superficial.reporting.results import Results
from superficial.reporting.tables.check import Check

# Bounds that the measured numbers must keep.
MAX_CHANGE_ELSEWHERE, MIN_FALL_AT_BLOCK, MIN_SHARE_WITH_BLOCK = 0.01, 0.98, 0.98


def check_planted_depth(results: Results) -> list[Check]:
    """Return what was measured of each planted depth; nothing where the profile has none."""
    study = results.profile.depth
    return [check for pair in study.planted for check in _of_pair(results, pair)] if study else []


def planted_block(results: Results, pair: str) -> int:
    """Return the block of which the aligned model of a planted pair was trained; of several, the lowest."""
    recipe = results.profile.models[results.profile.pairs[pair].aligned]
    assert isinstance(recipe, Finetuned) and isinstance(recipe.trained_parameters, TrainedBlocks), "checked"
    return min(recipe.trained_parameters.blocks)


def _of_pair(results: Results, pair: str) -> list[Check]:
    curve, block = f"{pair}-top", planted_block(results, pair)
    scores, kl = depth.curve_scores(results, curve), mean_kl(results.depth_positions(curve))
    count = depth.block_count(scores)
    # Blocks from the top that a graft needs to have the planted one.
    needed = count - block
    before, after = kl[point_name("top", needed - 1)], kl[point_name("top", needed)]
    control = f"planted depth: only block {block} of {count} differs"
    fall = (before - after) / before if before else float("nan")
    elsewhere = (
        max(abs(kl[point_name("top", m)] - kl[point_name("top", m - 1)]) for m in range(1, count + 1) if m != needed)
        if count > 1
        else 0.0
    )
    share = depth.share_at(scores, point_name("top", needed), _all_rates(scores))
    return [
        Check(
            control,
            f"share of the KL of the head alone that falls at top {needed}",
            fall,
            f"at least {MIN_FALL_AT_BLOCK}",
            fall >= MIN_FALL_AT_BLOCK,
            "" if before else "no KL before the block",
        ),
        Check(
            control,
            "largest change of KL by any other block (nats)",
            elsewhere,
            f"under {MAX_CHANGE_ELSEWHERE}",
            elsewhere < MAX_CHANGE_ELSEWHERE,
        ),
        Check(
            control,
            f"recovered share at top {needed}, {_all_rates(scores)}",
            share.value,
            f"at least {MIN_SHARE_WITH_BLOCK}",
            share.value >= MIN_SHARE_WITH_BLOCK,
            share.missing,
        ),
    ]


def mean_kl(positions: pd.DataFrame) -> dict[str, float]:
    """Return the mean KL (nats) over all response positions at each point of a curve."""
    return positions.groupby("point")["kl_superficial"].mean().to_dict()


def _all_rates(scores: depth.Scores) -> str:
    return ALL_FOUR if ALL_FOUR in (measures := depth.depth_measures(scores)) else measures[0]
