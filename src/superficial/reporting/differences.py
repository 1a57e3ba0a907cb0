"""What differs between two tables or the claims of two runs, one sentence each: to the last digit, or by intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from superficial.reporting.draws import number_names

# Rounding sends training elsewhere on another machine class. A value may then differ by this many half-widths of the
# expected interval, or by the least tolerance where the interval is narrower. Without an interval it is not compared.
HALF_WIDTHS, LEAST_TOLERANCE = 2.0, 0.05
# Columns that are differences between values which are compared themselves.
_DERIVED = ("change", "difference")


def compare_exactly(table: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """Return one sentence for each cell of a table that is not the expected one, or for another shape."""
    columns, expected_columns = list(table.columns), list(expected.columns)
    if table.shape != expected.shape or columns != expected_columns:
        return [f"{len(table)} rows of {columns} instead of {len(expected)} of {expected_columns}"]
    differs = (table != expected) & ~(table.isna() & expected.isna())
    return [
        f"row {row + 1}, {column}: {table[column][row]} instead of {expected[column][row]}"
        for column in columns
        for row in table.index[differs[column]]
    ]


def _estimates(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the columns that have an interval, each with the columns of the interval's ends."""
    estimates = {}
    for column in table.columns.difference(_DERIVED):
        prefix = column.removesuffix("value") if column.endswith("value") else f"{column}_"
        if {f"{prefix}low", f"{prefix}high"} <= set(table.columns):
            estimates[column] = (f"{prefix}low", f"{prefix}high")
    return estimates


def compare_by_interval(
    table: pd.DataFrame, expected: pd.DataFrame, predicted: dict[str, tuple[float, float]]
) -> list[str]:
    """Return one sentence for each estimate of a table that is too far from the expected one, and each missing row.

    Args:
        table: the table of a run.
        expected: the committed table, with an interval of each estimate.
        predicted: the middle and the half-width of what a new draw is expected to give, by the name of a number.
    """
    estimates = _estimates(expected)
    key = [name for name in expected.columns if not is_numeric_dtype(expected[name]) or name in ("k", "position")]
    if not estimates or not key:
        return []
    both = expected.merge(table, on=key, how="left", suffixes=("", " now"), indicator=True)
    is_missing = both["_merge"] == "left_only"

    def named(row: int) -> str:
        return ", ".join(map(str, both.loc[row, key]))

    messages = [f"there is no {named(row)}" for row in both.index[is_missing]]
    for column, (low, high) in estimates.items():
        now, before = both[f"{column} now"], both[column]
        # Without an interval, as of a share of a tiny gap, nothing says where another machine's value may be.
        tolerance = (HALF_WIDTHS * (both[high] - both[low]) / 2).fillna(np.inf)
        # Of a value that the published draws have, the middle and the half-width are those of a new draw.
        names = number_names(expected, column) if predicted else [""] * len(both)
        middle = pd.Series([predicted.get(name, (value,))[0] for name, value in zip(names, before, strict=True)])
        tolerance = pd.Series([predicted.get(name, (0, wide))[1] for name, wide in zip(names, tolerance, strict=True)])
        tolerance = tolerance.clip(lower=LEAST_TOLERANCE)
        for row in both.index[(now - middle).abs() > tolerance]:
            difference = f"{now[row]:.4g} instead of {middle[row]:.4g}, off by more than {tolerance[row]:.2g}"
            messages.append(f"{named(row)}, {column}: {difference}")
        for row in both.index[now.isna() & before.notna() & np.isfinite(tolerance) & ~is_missing]:
            messages.append(f"{named(row)}, {column}: no value instead of {before[row]:.4g}")
    return messages


def compare_fields(claims: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    """Return one sentence for each field of a claim that is not the expected one."""
    now, before = _fields(claims), _fields(expected)
    return [
        f"claim {name}: {now.get(name)} instead of {before.get(name)}"
        for name in {**before, **now}
        if now.get(name) != before.get(name)
    ]


def _fields(claims: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fields of claims by name, and those of a field that has several, such as what was measured."""
    found: dict[str, Any] = {}
    for claim in claims:
        for field, value in claim.items():
            name = f"{claim['id']}, {field.replace('_', ' ')}"
            parts = (
                {f"{name}, {part}": one for part, one in value.items()} if isinstance(value, dict) else {name: value}
            )
            found |= parts
    return found


def compare_claims(
    claims: list[dict[str, Any]], expected: list[dict[str, Any]], draws: pd.DataFrame | None
) -> list[str]:
    """Return one sentence for each claim whose estimate is too far from the expected one.

    A verdict may turn on rounding, so it is compared only where the estimate of a claim has no interval.

    Args:
        claims: the claims of a run.
        expected: the committed claims.
        draws: where a new draw's estimates are expected, see `PublishedDraws.verdicts`.
    """
    by_id = {claim["id"]: claim for claim in claims}
    drawn = [] if draws is None else [row for row in draws.itertuples() if not np.isnan(row.prediction_low)]
    messages = [
        f"claim {row.claim}, {row.quantity}: {value:.4g}, where a new draw is expected in "
        f"[{row.prediction_low:.4g}, {row.prediction_high:.4g}]"
        for row in drawn
        if (value := _estimate(by_id.get(row.claim, {})).get("value")) is not None
        if not row.prediction_low - LEAST_TOLERANCE <= value <= row.prediction_high + LEAST_TOLERANCE
    ]
    for claim in expected:
        if claim["id"] in {row.claim for row in drawn}:
            continue
        now, before = by_id.get(claim["id"], {}), _estimate(claim)
        value, (low, high) = _estimate(now).get("value"), (before.get(end) for end in ("low", "high"))
        if low is None or high is None:
            messages += [
                f"claim {claim['id']}, {kind.replace('_', ' ')}: {now.get(kind)} instead of {claim[kind]}"
                for kind in ("verdict", "guarded_verdict")
                if kind in claim and now.get(kind) != claim[kind]
            ]
        elif value is None:
            messages.append(f"claim {claim['id']}, {before['what']}: no value instead of {before['value']:.4g}")
        elif abs(value - before["value"]) > (tolerance := max(HALF_WIDTHS * (high - low) / 2, LEAST_TOLERANCE)):
            difference = f"{value:.4g} instead of {before['value']:.4g}, off by more than {tolerance:.2g}"
            messages.append(f"claim {claim['id']}, {before['what']}: {difference}")
    return messages


def _estimate(claim: dict[str, Any]) -> dict[str, Any]:
    """Return the estimate that stands for a claim, with its interval; empty where there is none."""
    return claim.get("estimate") or {}
