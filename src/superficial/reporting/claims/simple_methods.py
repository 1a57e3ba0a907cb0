"""The claim that superficial knowledge gains more than simple methods do (Tables 1, 5 and 6)."""

from __future__ import annotations

from superficial.measures.scores import MEASURES
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.improvements import improvements
from superficial.reporting.results import Results


def _beats_simple_methods(results: Results, claim: Claim) -> list[Condition]:
    """Return a condition for each rate and simple method.

    Math and truthfulness must be better. HarmRate and ToxiScore must not be worse: a method that makes a model harmless
    cannot be surpassed there.
    """
    conditions = []
    for one in improvements(results):
        what = f"{MEASURES[one.measure].label}, {one.student} against {one.other}, positive: better"
        if MEASURES[one.measure].better == "higher":
            conditions.append(Condition(what, one.estimate, above=0, corrected_p=one.corrected_p))
        else:
            conditions.append(Condition(what, one.estimate, above=-claim.tolerance_for("margin")))
    return conditions


CLAIMS = {"C7": ClaimTest(_beats_simple_methods)}
