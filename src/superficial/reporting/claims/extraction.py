"""Claims on what a residual head regains of the alignment (section 4, Table 1 and its counterparts)."""

from __future__ import annotations

from superficial.config import Comparison, Profile
from superficial.measures import kl
from superficial.measures.intervals import mean_difference
from superficial.measures.scores import MEASURES, per_question
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.safety import risk_removed
from superficial.reporting.improvements import improvements
from superficial.reporting.recovery import comparison_share
from superficial.reporting.results import Results


def _main_variants(profile: Profile) -> Comparison:
    return profile.recovery[profile.main_comparison][0]


def _removes_the_risk(results: Results, claim: Claim) -> list[Condition]:
    return risk_removed(results, _main_variants(results.profile), claim)


def _regains_a_part_of_math(results: Results, claim: Claim) -> list[Condition]:
    return _is_a_part(results, claim, "gsm")


def _regains_a_part_of_truthfulness(results: Results, claim: Claim) -> list[Condition]:
    return _is_a_part(results, claim, "info_true")


def _is_a_part(results: Results, claim: Claim, measure: str) -> list[Condition]:
    share = comparison_share(results, results.profile.main_comparison, measure)
    return [
        Condition(
            "pooled recovered share", share, above=claim.tolerance_for("least"), below=claim.tolerance_for("most")
        )
    ]


def _leaves_a_residual(results: Results, claim: Claim) -> list[Condition]:
    variants = _main_variants(results.profile)
    positions = results.positions(results.student_head(results.profile.main_comparison))
    later = kl.summary(positions, seed=0)["superficial_later"]
    conditions = [Condition("KL of base + superficial after the first ten positions (nats)", later, above=0)]
    for measure, label in (("gsm", "GSM"), ("info_true", "Info+True")):
        aligned, student = (per_question(results.scores(v), measure) for v in (variants.aligned, variants.student))
        lead = mean_difference(aligned, student, seed=0)
        conditions.append(Condition(f"{label}, aligned minus superficial", lead, above=0))
    return conditions


def _beats_simple_methods(results: Results, claim: Claim) -> list[Condition]:
    return [
        Condition(
            f"{improvement.student} minus {improvement.other}, four rates summed",
            improvement.estimate,
            above=0,
            corrected_p=improvement.corrected_p,
        )
        for improvement in improvements(results)
    ]


def _holds_for_other_models(results: Results, claim: Claim) -> list[Condition]:
    conditions = []
    for comparison in results.profile.generality_comparisons:
        variants = results.profile.recovery[comparison][0]
        conditions += risk_removed(results, variants, claim)
        for measure in ("gsm", "info_true"):
            what = f"{MEASURES[measure].label}, recovered share of {variants.student}"
            share = comparison_share(results, comparison, measure)
            conditions.append(Condition(what, share, above=0, below=1))
    return conditions


def _guarded_main(profile: Profile) -> list[Comparison]:
    return [_main_variants(profile)]


def _guarded_other_models(profile: Profile) -> list[Comparison]:
    return [profile.recovery[comparison][0] for comparison in profile.generality_comparisons]


CLAIMS = {
    "C1": ClaimTest(_removes_the_risk, _guarded_main),
    "C2": ClaimTest(_regains_a_part_of_math),
    "C3": ClaimTest(_regains_a_part_of_truthfulness),
    "C4": ClaimTest(_leaves_a_residual),
    "C7": ClaimTest(_beats_simple_methods),
    "C11": ClaimTest(_holds_for_other_models, _guarded_other_models),
}
