"""The table of controls: cases with a known answer, which the method must find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from superficial.measures import shift
from superficial.measures.intervals import Estimate
from superficial.measures.scores import MEASURES
from superficial.reporting.recovery import ALL_FOUR, comparison_share
from superficial.reporting.results import Results
from superficial.reporting.table import Table

# Bounds that the measured numbers must keep.
MIN_SHARE_HEAD_ONLY, MAX_KL_HEAD_ONLY, MAX_CHANGE_SAME, MAX_SHARE_BACKBONE = 0.98, 0.01, 1e-4, 0.1


@dataclass(frozen=True)
class Check:
    """A number of a control, the allowed values in words, and whether it is one of them; `missing` as in `Estimate`."""

    control: str
    what: str
    measured: float
    allowed: str
    holds: bool
    missing: str = ""


def controls_table(results: Results) -> Table:
    """Return what was measured in each control, what is allowed, and whether it holds."""
    controls = results.profile.controls
    assert controls is not None, "only profiles with controls have this table"
    checks = [
        *_head_only(results, controls.head_only),
        *_same(results, controls.same),
        *_shuffled(results, controls.shuffled),
        *(_backbone(results, controls.backbone) if controls.backbone else []),
    ]
    data = pd.DataFrame(checks).drop(columns="missing")
    shown = data.assign(
        measured=[check.missing or f"{check.measured:.4g}" for check in checks],
        holds=data["holds"].map({True: "yes", False: "NO"}),
    )
    return Table("Controls: where the answer is known, the method has to find it.", data, shown)


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
    checks = []
    for measure in ("gsm", "info_true"):
        share = comparison_share(results, comparison, measure)
        what = f"lower end of the recovered share, {MEASURES[measure].label}"
        checks.append(Check("shuffled teacher", what, share.low, "at most 0", share.low <= 0, _missing_end(share)))
    return checks


def _backbone(results: Results, comparison: str) -> list[Check]:
    share = comparison_share(results, comparison, "marks")
    allowed, holds = f"under {MAX_SHARE_BACKBONE}", share.high < MAX_SHARE_BACKBONE
    what = "upper end of the recovered share, marks"
    return [Check("only the backbone differs", what, share.high, allowed, holds, _missing_end(share))]


def _missing_end(share: Estimate) -> str:
    """Return why an end of a share's interval is NaN, or nothing where it is a number."""
    return share.missing or ("no interval" if np.isnan(share.low) else "")
