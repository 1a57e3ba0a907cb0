"""Claims on what a residual head regains of the alignment (section 4, Table 1 and its counterparts)."""

from __future__ import annotations

from superficial.config import Comparison, Profile
from superficial.measures import kl
from superficial.measures.scores import MEASURES
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.differences import difference, improvement
from superficial.reporting.claims.safety import risk_removed
from superficial.reporting.recovery import comparison_share
from superficial.reporting.results import Results

GRADED = ("gsm", "info_true")


def _main_variants(profile: Profile) -> list[Comparison]:
    return profile.recovery[profile.main_comparison]


def _removes_the_risk(results: Results, claim: Claim) -> list[Condition]:
    return [one for variants in _main_variants(results.profile) for one in risk_removed(results, variants, claim)]


def _regains_a_part_of_math(results: Results, claim: Claim) -> list[Condition]:
    return _is_a_part(results, results.profile.main_comparison, claim, "gsm")


def _regains_a_part_of_truthfulness(results: Results, claim: Claim) -> list[Condition]:
    return _is_a_part(results, results.profile.main_comparison, claim, "info_true")


def _is_a_part(results: Results, comparison: str, claim: Claim, measure: str) -> list[Condition]:
    """Return the conditions that the pooled recovered share of a comparison is neither nothing nor all."""
    pairs = results.profile.recovery[comparison]
    students = ", ".join(variants.student for variants in pairs)
    share = Condition(
        f"{MEASURES[measure].label}, pooled recovered share of {students}",
        comparison_share(results, comparison, measure),
        above=claim.tolerance_for("least"),
        below=claim.tolerance_for("most"),
    )
    return [*_alignment_helps(results, pairs, claim, measure), share]


def _alignment_helps(results: Results, pairs: list[Comparison], claim: Claim, measure: str) -> list[Condition]:
    """Return the premises that each aligned model is better than its base: without a gap there is no share of it."""
    gap = claim.tolerance_for("gap")
    return [improvement(results, measure, one.aligned, one.base, above=gap, is_premise=True) for one in pairs]


def _leaves_a_residual(results: Results, claim: Claim) -> list[Condition]:
    pairs = _main_variants(results.profile)
    positions = results.positions(results.student_head(results.profile.main_comparison))
    later = kl.summary(positions, seed=0)["superficial_later"]
    premises = [one for measure in GRADED for one in _alignment_helps(results, pairs, claim, measure)]
    leads = [(one.aligned, one.student) for one in pairs]
    return [
        *premises,
        Condition(
            "KL of base + superficial after the first ten positions (nats)", later, above=claim.tolerance_for("kl")
        ),
        *(difference(results, measure, leads, above=0) for measure in GRADED),
    ]


def _holds_for_other_models(results: Results, claim: Claim) -> list[Condition]:
    conditions = []
    for comparison in results.profile.generality_comparisons:
        for variants in results.profile.recovery[comparison]:
            conditions += risk_removed(results, variants, claim)
        for measure in GRADED:
            conditions += _is_a_part(results, comparison, claim, measure)
    return conditions


def _guarded_other_models(profile: Profile) -> list[Comparison]:
    return [variants for comparison in profile.generality_comparisons for variants in profile.recovery[comparison]]


CLAIMS = {
    "C1": ClaimTest(_removes_the_risk, _main_variants),
    "C2": ClaimTest(_regains_a_part_of_math),
    "C3": ClaimTest(_regains_a_part_of_truthfulness),
    "C4": ClaimTest(_leaves_a_residual),
    "C11": ClaimTest(_holds_for_other_models, _guarded_other_models),
}
