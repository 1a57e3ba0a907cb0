"""Claims on black-box heads: transfer to the large base, and the choice of k (Table 3, Figures 3 and 4)."""

from __future__ import annotations

import pandas as pd

from superficial.config import Comparison, Profile
from superficial.measures.halves import halves
from superficial.measures.intervals import Estimate, mean_of_samples, ratio
from superficial.measures.scores import FOUR_RATES
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.differences import improvement
from superficial.reporting.results import Results


def _improves_the_large_base(results: Results, claim: Claim) -> list[Condition]:
    comparison = results.profile.transfer_comparison
    if comparison is None:
        return []
    variants, gap = results.profile.recovery[comparison][0], claim.tolerance_for("gap")
    measures = (*FOUR_RATES, "refused")
    return [
        *(improvement(results, one, variants.aligned, variants.base, above=gap, is_premise=True) for one in measures),
        *(improvement(results, one, variants.student, variants.base, above=0) for one in measures),
    ]


def _guarded_transfer(profile: Profile) -> list[Comparison]:
    assert profile.transfer_comparison is not None, "only conditions that there are have guards"
    return [profile.recovery[profile.transfer_comparison][0]]


def _is_best_at_a_middle_k(results: Results, claim: Claim) -> list[Condition]:
    if results.profile.sweep is None:
        return []
    accuracy = results.sweep_accuracy()
    chosen_on, tested_on = halves(accuracy[accuracy["model"] == "large"], "prompt")
    best = int(chosen_on.groupby("k")["sum"].sum().idxmax())
    smallest, largest = int(accuracy["k"].min()), int(accuracy["k"].max())
    what = "transfer accuracy at the best k, chosen on other prompts, minus at the"
    conditions = [
        Condition(f"{what} {end} k", _lead(tested_on, best, k), above=0)
        for end, k in (("largest", largest), ("smallest", smallest))
    ]
    overlap = results.sweep_overlap()
    chosen_on, tested_on = halves(overlap, "sample")
    peak = int(chosen_on.groupby("k")["overlap"].mean().idxmax())
    by_k = tested_on.pivot(index="sample", columns="k", values="overlap")
    fall = mean_of_samples((by_k[peak] - by_k[largest]).to_numpy())
    what = "overlap of both spaces at the k of its peak, chosen on other prompts, minus at the largest k"
    return [*conditions, Condition(what, fall, above=0)]


def _lead(accuracy: pd.DataFrame, best: int, other: int) -> Estimate:
    """Return by how much token accuracy at the best k exceeds that at another; 0 where the two are the same k."""
    if best == other:
        return Estimate(0, 0, 0)
    right = accuracy.pivot(index="prompt", columns="k", values="sum")
    positions = accuracy[accuracy["k"] == other].set_index("prompt")["size"]
    return ratio((right[best] - right[other]).to_numpy(), positions.to_numpy(), seed=0, scale=(-1, 1))


CLAIMS = {
    "C8": ClaimTest(_improves_the_large_base, _guarded_transfer),
    "C9": ClaimTest(_is_best_at_a_middle_k),
}
