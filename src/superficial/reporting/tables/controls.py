"""The table of controls: cases with a known answer, which the method must find."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.measures import shift
from superficial.measures.intervals import Estimate, mean_difference
from superficial.measures.scores import MEASURES
from superficial.reporting.recovery import ALL_FOUR, comparison_share, scores_towards_better
from superficial.reporting.results import Results
from superficial.reporting.table import Table
from superficial.reporting.tables.check import Check
from superficial.reporting.tables.planted_depth import check_planted_depth

# Bounds that the measured numbers must keep.
MIN_SHARE_HEAD_ONLY, MAX_KL_HEAD_ONLY, MAX_CHANGE_SAME, MAX_SHARE_NOTHING = 0.98, 0.01, 1e-4, 0.2


def controls_table(results: Results) -> Table:
    """Return what was measured in each control, what is allowed, and whether it holds, if that can be tested."""
    checks = check_controls(results)
    data = pd.DataFrame(checks).drop(columns="missing")
    data["holds"] = data["holds"].astype(object).where([not check.missing for check in checks], None)
    shown = data.assign(
        measured=[check.missing or f"{check.measured:.4g}" for check in checks],
        holds=data["holds"].map({True: "yes", False: "NO"}).fillna("not tested"),
    )
    return Table("Controls: where the answer is known, the method has to find it.", data, shown)


def check_controls(results: Results) -> list[Check]:
    """Return what was measured in each control of the profile; nothing where it has none."""
    controls = results.profile.controls
    if controls is None:
        return []
    return [
        *_head_only(results, controls.head_only),
        *_same(results, controls.same),
        *_shuffled(results, controls.shuffled),
        *(_backbone(results, controls.backbone) if controls.backbone else []),
        *check_planted_depth(results),
    ]


def describe_failures(checks: list[Check]) -> tuple[list[str], list[str]]:
    """Return a sentence for each check that does not hold, and for each that could not be made."""
    failed, not_made = [], []
    for check in checks:
        if check.missing:
            not_made.append(f'Control "{check.control}": {check.what} could not be tested ({check.missing}).')
        elif not check.holds:
            failed.append(f'Control "{check.control}": {check.what} is {check.measured:.4g}, not {check.allowed}.')
    return failed, not_made


def _head_only(results: Results, comparison: str) -> list[Check]:
    control = "only the head differs"
    share = comparison_share(results, comparison, ALL_FOUR)
    kl = float(results.positions(results.student_head(comparison))["kl_superficial"].mean())
    return [
        Check(
            control,
            "recovered share, all four",
            share.value,
            f"at least {MIN_SHARE_HEAD_ONLY}",
            share.value >= MIN_SHARE_HEAD_ONLY,
            share.missing,
        ),
        Check(control, "residual KL (nats)", kl, f"under {MAX_KL_HEAD_ONLY}", kl < MAX_KL_HEAD_ONLY),
    ]


def _same(results: Results, head: str) -> list[Check]:
    control = "aligned = base"
    shifted = len(shift.shift_tokens(results.positions(head)))
    change = results.card(head)["largest_change"]
    return [
        Check(control, "shift tokens", shifted, "0", shifted == 0),
        Check(control, "largest |dW|", change, f"under {MAX_CHANGE_SAME}", change < MAX_CHANGE_SAME),
    ]


def _shuffled(results: Results, comparison: str) -> list[Check]:
    # Where answers are chosen, a student that knows nothing is right by chance, at times more often than the base.
    written = [
        name for name in ("gsm", "info_true") if MEASURES[name].benchmark not in results.profile.chosen_benchmarks
    ]
    return [_no_share(results, "shuffled teacher", comparison, measure) for measure in written]


def _backbone(results: Results, comparison: str) -> list[Check]:
    return [_no_share(results, "only the backbone differs", comparison, "marks")]


def _no_share(results: Results, control: str, comparison: str, measure: str) -> Check:
    """Return the check that a student regains nothing: the interval excludes more than a small share."""
    share = comparison_share(results, comparison, measure)
    what = f"upper end of the recovered share, {MEASURES[measure].label}"
    allowed, holds = f"under {MAX_SHARE_NOTHING}", share.high < MAX_SHARE_NOTHING
    missing = _missing_end(share) or ("" if _has_clear_gap(results, comparison, measure) else "no clear gap")
    return Check(control, what, share.high, allowed, holds, missing)


def _missing_end(share: Estimate) -> str:
    """Return why an end of a share's interval is NaN, or nothing where it is a number."""
    return share.missing or ("no interval" if np.isnan(share.low) else "")


def _has_clear_gap(results: Results, comparison: str, measure: str) -> bool:
    """Return whether every aligned model is better than its base beyond chance: a share of less can be any number."""
    return all(
        mean_difference(
            scores_towards_better(results, pair.aligned, measure),
            scores_towards_better(results, pair.base, measure),
            seed=0,
        ).low
        > 0
        for pair in results.profile.recovery[comparison]
    )
