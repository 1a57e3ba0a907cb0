"""Claims on where alignment changes tokens (Figures 1 and 2)."""

from __future__ import annotations

import pandas as pd

from superficial.config import Comparison
from superficial.measures import kl
from superficial.measures.halves import halves
from superficial.measures.intervals import ratio, ratio_difference
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.results import Results

# A peak at so few positions would be one of single tokens, such as a fixed opening of every response.
_PEAK_POSITIONS = 2


def _is_front_loaded(results: Results, claim: Claim) -> list[Condition]:
    comparison = results.profile.main_comparison
    positions = results.positions(results.student_head(comparison))
    summary = kl.summary(positions, seed=0)
    chosen_on, tested_on = halves(positions, "prompt")
    peak = kl.largest_first_positions(chosen_on, _PEAK_POSITIONS)
    without_peak = kl.summary(tested_on[~tested_on["position"].isin(peak)], seed=0)
    conditions = [
        Condition(
            "base KL, first ten positions (nats)",
            summary["base_first"],
            above=claim.tolerance_for("kl"),
            is_premise=True,
        ),
        _front_loading("", summary),
        Condition("fall of KL over the first ten positions", summary["first_fall"], above=claim.tolerance_for("fall")),
        _front_loading(f"without the {_PEAK_POSITIONS} positions of its peak, chosen on other prompts: ", without_peak),
    ]
    for benchmark, rows in _by_benchmark(results, results.profile.recovery[comparison][0], positions):
        of_benchmark = kl.summary(rows, seed=0)
        fall, above = of_benchmark["first_fall"], claim.tolerance_for("fall_each")
        conditions.append(_front_loading(f"{benchmark}: ", of_benchmark))
        conditions.append(Condition(f"{benchmark}: fall of KL over the first ten positions", fall, above=above))
    return conditions


def _front_loading(which: str, summary: dict) -> Condition:
    what = f"{which}base KL, first ten minus later positions (nats)"
    return Condition(what, summary["front_loading"], above=0)


def _by_benchmark(results: Results, variants: Comparison, positions: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the positions of each benchmark whose questions both models were traced on."""
    benchmark_of = {
        question: benchmark
        for benchmark, rows in results.scores(variants.aligned).items()
        for question in rows["question_id"]
    }
    return [(str(name), rows) for name, rows in positions.groupby(positions["question_id"].map(benchmark_of))]


def _is_mostly_stylistic(results: Results, claim: Claim) -> list[Condition]:
    profile = results.profile
    conditions = []
    for comparison in (profile.main_comparison, *profile.generality_comparisons):
        for variants in profile.recovery[comparison]:
            conditions += _more_style_at_shifts(results, variants.student, claim)
    return conditions


def _more_style_at_shifts(results: Results, student: str, claim: Claim) -> list[Condition]:
    """Return the conditions that stylistic targets are more frequent at shift tokens than elsewhere, and the most."""
    profile = results.profile
    head = profile.variants[student].head
    assert head is not None, "the student of a comparison has a head"
    style = results.style_tokens(profile.world_of(profile.pairs[profile.pair_of_head(head)].base))
    positions = results.positions(head)
    is_shift = positions["source"] != positions["target"]
    is_style = positions["target"].isin(style)
    counts = pd.DataFrame(
        {
            "style_shifted": is_style & is_shift,
            "shifted": is_shift,
            "style_unshifted": is_style & ~is_shift,
            "unshifted": ~is_shift,
        }
    )
    by_prompt = counts.groupby(positions["prompt"]).sum()
    shifted, unshifted = (
        (by_prompt[f"style_{where}"].to_numpy(), by_prompt[where].to_numpy()) for where in ("shifted", "unshifted")
    )
    return [
        Condition(
            f"{student}: share of stylistic targets, shift tokens minus unshifted positions",
            ratio_difference(shifted, unshifted, seed=0),
            above=claim.tolerance_for("lift"),
        ),
        Condition(
            f"{student}: share of stylistic targets among shift tokens",
            ratio(*shifted, seed=0),
            above=claim.tolerance_for("share"),
        ),
    ]


CLAIMS = {
    "C5": ClaimTest(_is_front_loaded),
    "C6": ClaimTest(_is_mostly_stylistic),
}
