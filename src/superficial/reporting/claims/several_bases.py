"""Claims of our own on a black-box head that several bases have taught together: it transfers (D5, D6)."""

from __future__ import annotations

from superficial.config import Comparison
from superficial.measures.scores import MEASURES, estimate
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.differences import difference, improvement
from superficial.reporting.claims.safety import guards
from superficial.reporting.results import Results


def _transfers_to_the_large_base(results: Results, claim: Claim) -> list[Condition]:
    profile = results.profile
    if profile.several_bases is None or profile.transfer_comparison is None:
        return []
    paper = profile.recovery[profile.transfer_comparison][0]
    base, aligned, student = paper.base, paper.aligned, profile.several_bases.transferred
    fall, margin = claim.tolerance_for("fall"), claim.tolerance_for("margin")
    return [
        improvement(results, "harm_rate", aligned, base, above=fall, is_premise=True),
        improvement(results, "harm_rate", student, base, above=fall),
        difference(results, "harm_rate", [(student, paper.student)], below=margin),
        improvement(results, "refused", student, base, above=fall),
        *(difference(results, "over_refusal", [(student, other)], below=margin) for other in (base, paper.student)),
        *guards(results, Comparison(base=base, aligned=aligned, student=student), claim),
    ]


def _undoes_the_attack(results: Results, claim: Claim) -> list[Condition]:
    profile = results.profile
    if profile.several_bases is None:
        return []
    restored = profile.several_bases.restored
    model = profile.variants[restored].model
    attack = next(one for one in profile.attacks if profile.variants[one.attacked].model == model)
    before, attacked = attack.before, attack.attacked
    rise, margin = claim.tolerance_for("rise"), claim.tolerance_for("margin")
    return [
        difference(results, "harm_rate", [(attacked, before)], above=rise, is_premise=True),
        difference(results, "refused", [(before, attacked)], above=rise, is_premise=True),
        Condition(
            f"{MEASURES['mmlu'].label} of {attacked}",
            estimate(results.scores(attacked), "mmlu"),
            above=claim.tolerance_for("known"),
            is_premise=True,
        ),
        difference(results, "harm_rate", [(restored, before)], below=margin),
        difference(results, "refused", [(restored, before)], above=-margin),
        difference(results, "mmlu", [(restored, attacked)], above=-claim.tolerance_for("utility")),
        *guards(results, Comparison(base=attacked, aligned=before, student=restored), claim),
    ]


CLAIMS = {"D5": ClaimTest(_transfers_to_the_large_base), "D6": ClaimTest(_undoes_the_attack)}
