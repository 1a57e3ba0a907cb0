"""The tables over draws: each claim in each draw, the verdicts over all of them, and the spread of every number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from superficial.config import Profile
from superficial.measures.draws import mean_over_draws, mean_with_t_interval, prediction_interval, share_of_draws
from superficial.measures.intervals import Estimate
from superficial.reporting.claims.condition import REPRODUCED
from superficial.reporting.draws import (
    TABLES,
    DrawnClaim,
    by_claim,
    read_claims,
    read_numbers,
    verdict_over_draws,
)
from superficial.reporting.table import Table, with_interval

_DECIMALS = 3


def draws_tables(folder: Path, profile: Profile, of_set: str) -> dict[str, Table]:
    """Return the tables over the draws of a set by name."""
    drawn = read_claims(folder, profile, of_set)
    tables = (draws_table(drawn), verdicts_table(drawn), numbers_table(read_numbers(folder, profile, of_set)))
    return dict(zip(TABLES, tables, strict=True))


def draws_table(drawn: list[DrawnClaim]) -> Table:
    """Return each claim in each draw: the estimate that decides it, the range where it must lie, the verdicts."""
    rows = [
        {"claim": one.claim, "draw": one.draw, "quantity": one.what, "estimate": one.estimate.value}
        | {"low": one.estimate.low, "high": one.estimate.high, "above": one.above, "below": one.below}
        | {"verdict": one.verdict, "guarded_verdict": one.guarded_verdict}
        for one in drawn
    ]
    shown = [
        {"claim": one.claim, "draw": one.draw, "quantity": one.what}
        | {"estimate": with_interval(one.estimate, _DECIMALS), "must be": _range(one.above, one.below)}
        | {"verdict in this draw": _both(one)}
        for one in drawn
    ]
    caption = (
        "Each claim in each draw: the estimate that stands for it, with its 95 % interval over questions, and the "
        "verdict. A draw is the whole experiment with a world, models, attacks and heads of its own."
    )
    return Table(caption, pd.DataFrame(rows), pd.DataFrame(shown))


def verdicts_table(drawn: list[DrawnClaim]) -> Table:
    """Return for each claim the mean over draws with its intervals, in how many draws it holds, and the verdict."""
    rows, shown = [], []
    for name, draws in by_claim(drawn).items():
        estimates = [one.estimate for one in draws]
        values = np.array([one.value for one in estimates])
        decides = replace(mean_over_draws(estimates), missing="not in every draw")
        spread, predicted = mean_with_t_interval(values), prediction_interval(values)
        holding = sum(one.verdict == REPRODUCED for one in draws)
        guarded = sum(one.guarded_verdict == REPRODUCED for one in draws)
        share, verdict = share_of_draws(holding, len(draws)), verdict_over_draws(draws)
        above, below = (float(np.mean([getattr(one, end) for one in draws])) for end in ("above", "below"))
        rows.append(
            {"claim": name, "statement": draws[0].statement, "quantity": draws[0].what, "draws": len(draws)}
            | {"mean": decides.value, "low": decides.low, "high": decides.high}
            | {"t_low": spread.low, "t_high": spread.high}
            | {"prediction_low": predicted.low, "prediction_high": predicted.high, "above": above, "below": below}
            | {"holding": holding, "holding_guarded": guarded}
            | {"holding_share_low": share.low, "holding_share_high": share.high, "verdict": verdict}
        )
        shown.append(
            {"claim": name, "quantity": draws[0].what, "must be": _range(above, below)}
            | {"mean [decides]": with_interval(decides, _DECIMALS), "t interval": _ends(spread)}
            | {"new draw": _ends(predicted), "holds in": holds_text(holding, len(draws), share)}
            | {"holds guarded in": f"{guarded} of {len(draws)}", "verdict over draws": verdict}
        )
    caption = (
        "Verdicts over draws: the mean of the draws' estimates; the interval that decides, the t interval over draws "
        "but no narrower than the draws' own intervals allow; the t interval; the 95 % prediction interval for a new "
        "draw; and in how many draws the claim holds, with the Clopper-Pearson interval of that share."
    )
    return Table(caption, pd.DataFrame(rows), pd.DataFrame(shown))


def numbers_table(numbers: pd.DataFrame) -> Table:
    """Return the spread of every number of the draws' tables."""
    predicted = [Estimate(row.mean, row.low, row.high) for row in numbers.itertuples(index=False)]
    shown = numbers[["table", "number", "draws"]].assign(
        mean=[f"{value:.3f}" for value in numbers["mean"]], new_draw=[_ends(one) for one in predicted]
    )
    caption = "Every estimate in the tables of the draws: its mean, and the 95 % prediction interval for a new draw."
    return Table(caption, numbers, shown.rename(columns={"new_draw": "new draw"}))


def holds_text(holding: int, draws: int, share: Estimate) -> str:
    """Return in how many draws a claim holds, with the interval of that share."""
    return f"{holding} of {draws} [{share.low:.2f}, {share.high:.2f}]"


def _both(one: DrawnClaim) -> str:
    if one.guarded_verdict == one.verdict:
        return one.verdict
    return f"{one.verdict}; guarded: {one.guarded_verdict}"


def _ends(estimate: Estimate) -> str:
    if np.isnan(estimate.low):
        return "unknown"
    return f"[{estimate.low:.{_DECIMALS}f}, {estimate.high:.{_DECIMALS}f}]"


def _range(above: float, below: float) -> str:
    parts = [f"above {above:.3g}"] if np.isfinite(above) else []
    parts += [f"below {below:.3g}"] if np.isfinite(below) else []
    return " and ".join(parts)
