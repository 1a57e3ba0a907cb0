"""The numbers of a report: how much of the KL the head removes, and of what kinds the shift tokens are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from superficial.measures import kl
from superficial.measures.intervals import Estimate, ratio
from superficial.measures.shift import CATEGORIES, category_shares, shift_tokens
from superficial.sources.style_tokens import style_tokens

# A mean KL that rounding explains, in nats: both models say the same.
_ROUNDING = 1e-6
NO_KL = "the two models predict the same"
# What a shift token's target is. For texts in other languages than English, most is "other".
STYLISTIC, NUMBER, OTHER = "stylistic", "number", "other"
_TOP_TOKENS = {"base": "source", "superficial": "student"}


def report_numbers(positions: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of a report, as JSON can hold them.

    Args:
        positions: one row per position of the aligned model's responses to held-out prompts, see `measured_positions`.

    Returns:
        prompts and positions: how many. kl: the estimates of `superficial.measures.kl.summary`, each with value, low
        and high in nats or as a share, None where it is unknown; fall is the share of the KL that the head removes.
        agreement, overlap: of the base and of the base with the head, the share of positions whose top token is the
        aligned model's, and the mean Jaccard index of the first tokens. shift: positions by category, without and with
        the head. kinds: shift tokens by the kind of their target, and how many of them the head restores.
    """
    summary = kl.summary(positions, seed=0)
    if summary["base_all"].value < _ROUNDING:
        unknown = Estimate(float("nan"), float("nan"), float("nan"), missing=NO_KL)
        summary |= {"fall": unknown, "first_fall": unknown}
    with_head = positions.assign(target_rank=positions["target_rank_superficial"])
    agreement = {name: positions[side] == positions["target"] for name, side in _TOP_TOKENS.items()}
    return {
        "prompts": int(positions["prompt"].nunique()),
        "positions": len(positions),
        "kl": {name: _as_json(estimate) for name, estimate in summary.items()},
        "agreement": {name: _as_json(_share(positions, agrees)) for name, agrees in agreement.items()},
        "overlap": {name: float(positions[f"overlap_{name}"].mean()) for name in _TOP_TOKENS},
        "shift": {
            category: {
                name: float(category_shares(table).set_index("category")["share"][category])
                for name, table in (("base", positions), ("superficial", with_head))
            }
            for category in CATEGORIES
        },
        "kinds": shift_kinds(positions),
    }


def shift_kinds(positions: pd.DataFrame) -> list[dict[str, Any]]:
    """Return shift tokens by the kind of their target token.

    Returns:
        of each kind its shift tokens, their share of all shift tokens, the share of all positions whose target is of
        the kind, and the share of its shift tokens at which the head predicts the target; None where there are none.
    """
    styles = set(style_tokens())
    kinds = positions["target"].map({token: kind_of(token, styles) for token in positions["target"].unique()})
    shifted = shift_tokens(positions)
    restored = shifted["student"] == shifted["target"]
    rows = []
    for kind in (STYLISTIC, NUMBER, OTHER):
        is_kind = kinds[shifted.index] == kind
        count = int(is_kind.sum())
        rows.append(
            {
                "kind": kind,
                "shift_tokens": count,
                "share": count / len(shifted) if len(shifted) else None,
                "share_of_all": float((kinds == kind).mean()),
                "restored": float(restored[is_kind].mean()) if count else None,
            }
        )
    return rows


def kind_of(token: str, styles: set[str]) -> str:
    """Return the kind of a token as decoded text, given the stylistic tokens as vocabularies spell them."""
    if token in styles or token.replace(" ", "\u0120") in styles:
        return STYLISTIC
    return NUMBER if token.strip().isdigit() else OTHER


def _share(positions: pd.DataFrame, holds: pd.Series) -> Estimate:
    by_prompt = holds.groupby(positions["prompt"]).agg(["sum", "size"])
    return ratio(by_prompt["sum"].to_numpy(), by_prompt["size"].to_numpy(), seed=0)


def _as_json(estimate: Estimate) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and value != value else value for name, value in asdict(estimate).items()
    }
