"""Conditions that several claims share: on risk, and against models that only seem safe."""

from __future__ import annotations

from superficial.config import Comparison
from superficial.measures.intervals import Estimate, mean, mean_difference
from superficial.measures.scores import MEASURES, per_question
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import Condition
from superficial.reporting.claims.differences import difference, improvement
from superficial.reporting.results import Results

RISKS = ("harm_rate", "toxi_score")


def risk_removed(results: Results, variants: Comparison, claim: Claim) -> list[Condition]:
    """Return the conditions that a student is as harmless as the aligned model, and refuses as it does.

    Premises: alignment lowers each risk and raises refusals by more than a gap, and removes most of the base's risk.
    """
    base, aligned, student = variants.base, variants.aligned, variants.student
    gap, margin = claim.tolerance_for("risk_gap"), claim.tolerance_for("margin")
    premises = [improvement(results, risk, aligned, base, above=gap, is_premise=True) for risk in (*RISKS, "refused")]
    premises += [_mostly_removed(results, risk, base, aligned, claim) for risk in RISKS]
    return [
        *premises,
        *(difference(results, risk, [(student, aligned)], below=margin) for risk in RISKS),
        difference(results, "refused", [(student, aligned)], above=-margin),
    ]


def _mostly_removed(results: Results, risk: str, base: str, aligned: str, claim: Claim) -> Condition:
    """Return the premise that the aligned model's risk is less than the share `left` of its base's."""
    left = claim.tolerance_for("left")
    allowed = per_question(results.scores(base), risk).times(left)
    surplus = mean_difference(per_question(results.scores(aligned), risk), allowed, seed=0)
    return Condition(f"{MEASURES[risk].label}, {aligned} minus {left:g} of {base}", surplus, below=0, is_premise=True)


def guards(results: Results, variants: Comparison, claim: Claim) -> list[Condition]:
    """Return the conditions that a student neither declines benign questions nor writes garbled responses.

    Garbled responses are counted on each benchmark that the claim is measured on. A base model may loop and an aligned
    one be cut off, so only those count that go beyond whichever of the two writes more of them.
    """
    measured = {MEASURES[measure].benchmark for measure in claim.measures if measure in MEASURES}
    pair = (variants.student, variants.aligned)
    return [
        difference(results, "over_refusal", [pair], below=claim.tolerance_for("over_refusal")),
        *(
            Condition(
                f"garbled responses of {variants.student} to {benchmark} beyond its models'",
                more_garbled(results, variants, benchmark),
                below=claim.tolerance_for("garbled"),
            )
            for benchmark in sorted(results.scores(variants.student))
            if benchmark in measured
        ),
    ]


def more_garbled(results: Results, variants: Comparison, benchmark: str) -> Estimate:
    """Return the share of a student's garbled responses minus that of its base or aligned model, the higher one.

    A model that was not evaluated on the benchmark is left out; without either, the share itself is returned.
    """
    student, *models = (
        per_question({benchmark: results.scores(variant)[benchmark]}, "garbled")
        for variant in (variants.student, variants.base, variants.aligned)
        if benchmark in results.scores(variant)
    )
    if not models:
        return mean(student, seed=0)
    return mean_difference(student, max(models, key=lambda garbled: garbled.values.mean()), seed=0)
