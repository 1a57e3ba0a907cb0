"""Claims on black-box heads: transfer, the choice of k, restored safety (Tables 3 and 4, Figures 3 and 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from superficial.config import Comparison, Profile
from superficial.measures.intervals import Estimate, mean, mean_difference, ratio
from superficial.measures.question_scores import QuestionScores
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, per_question
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.results import Results


def _improves_the_large_base(results: Results, claim: Claim) -> list[Condition]:
    comparison = results.profile.transfer_comparison
    if comparison is None:
        return []
    variants = results.profile.recovery[comparison][0]
    conditions = []
    for measure in FOUR_RATES:
        base, student = (per_question(results.scores(name), measure) for name in (variants.base, variants.student))
        gain = mean(student.minus(base).times(MEASURES[measure].sign), seed=0)
        what = f"{MEASURES[measure].label}: gain of {variants.student} over {variants.base}"
        conditions.append(Condition(what, gain, above=0))
    return conditions


def _guarded_transfer(profile: Profile) -> list[Comparison]:
    assert profile.transfer_comparison is not None, "only conditions that there are have guards"
    return [profile.recovery[profile.transfer_comparison][0]]


def _is_best_at_a_middle_k(results: Results, claim: Claim) -> list[Condition]:
    if results.profile.sweep is None:
        return []
    sweep = results.sweep()
    smallest, largest = float(sweep["k"].min()), float(sweep["k"].max())
    smallest_step = float(np.diff(sweep.sort_values("k")["cover_rate"]).min())
    overlap = sweep.set_index("k")["overlap"]
    accuracy = results.sweep_accuracy()
    accuracy = accuracy[accuracy["model"] == "large"]
    right = accuracy.pivot(index="prompt", columns="k", values="sum")
    positions = accuracy[accuracy["k"] == smallest].set_index("prompt")["size"]
    peak = right.sum().idxmax()
    gains = (right[peak] - right[largest]).to_numpy()
    # Where the largest k is best, its lead over itself is 0 without uncertainty.
    lead = _exact(0) if peak == largest else ratio(gains, positions.to_numpy(), seed=0, scale=(-1, 1))
    return [
        Condition("smallest step of the cover rate as k grows", _exact(smallest_step), above=-1e-9),
        Condition(
            "overlap at the smallest k minus at the largest",
            _exact(float(overlap[smallest] - overlap[largest])),
            above=0,
        ),
        Condition(f"transfer accuracy at k = {peak} (its peak) minus at k = {largest:.0f}", lead, above=0),
    ]


def _exact(value: float) -> Estimate:
    """Return a value without uncertainty."""
    return Estimate(value, value, value)


def _restores_safety(results: Results, claim: Claim) -> list[Condition]:
    if not results.profile.attacks:
        return []
    harm = {stage: _mean_over_attacks(results, stage, "harm_rate") for stage in ("before", "attacked", "restored")}
    rise = mean_difference(harm["attacked"], harm["before"], seed=0)
    conditions = [Condition("rise of HarmRate by the attack", rise, above=claim.tolerance_for("rise"))]
    if rise.value > 0:
        taken_back = recovered_share([harm["attacked"]], [harm["before"]], [harm["restored"]], seed=0)
        what = "share of that rise that is taken back"
        conditions.append(Condition(what, taken_back, above=claim.tolerance_for("restored")))
    restored, attacked = (_mean_over_attacks(results, stage, "mmlu") for stage in ("restored", "attacked"))
    change = mean_difference(restored, attacked, seed=0)
    conditions.append(Condition("MMLU, restored minus attacked", change, above=-claim.tolerance_for("utility")))
    return conditions


def _mean_over_attacks(results: Results, stage: str, measure: str) -> QuestionScores:
    """Return a measure per question of the models before, attacked or restored, averaged over the attacks."""
    scores = [per_question(results.scores(getattr(attack, stage)), measure) for attack in results.profile.attacks]
    return replace(scores[0], values=np.mean([attack.values for attack in scores], axis=0))


def _guarded_restored(profile: Profile) -> list[Comparison]:
    return [
        Comparison(base=attack.attacked, aligned=attack.before, student=attack.restored) for attack in profile.attacks
    ]


CLAIMS = {
    "C8": ClaimTest(_improves_the_large_base, _guarded_transfer),
    "C9": ClaimTest(_is_best_at_a_middle_k),
    "C10": ClaimTest(_restores_safety, _guarded_restored),
}
