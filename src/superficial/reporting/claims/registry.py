"""Every claim, the paper's and our own, with its test.

Only recorded results decide a verdict; published numbers never do.

A new claim is a test in a module of this package and a statement in `paper/claims.yaml`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from superficial.files import atomic_write
from superficial.published.claims import Claim, claim_order
from superficial.reporting.claims import (
    beyond,
    black_box,
    extraction,
    restoring,
    several_bases,
    shift,
    simple_methods,
)
from superficial.reporting.claims.condition import (
    NOT_RUN,
    ClaimTest,
    Condition,
    deciding,
    first_estimate,
    reason,
    verdict,
)
from superficial.reporting.claims.safety import guards
from superficial.reporting.results import Results
from superficial.reporting.second_judges import measures_with_second_judge

_PAPER = extraction.CLAIMS | shift.CLAIMS | simple_methods.CLAIMS | black_box.CLAIMS | restoring.CLAIMS
_TESTS = _PAPER | beyond.CLAIMS | several_bases.CLAIMS
CLAIMS = {name: _TESTS[name] for name in sorted(_TESTS, key=claim_order)}


def check(results: Results, name: str) -> dict[str, Any]:
    """Return a claim with its verdict, as claims.json records it.

    Keys: id, title, statement, paper, published, criterion, source; verdict, and its reason where it is not
    `reproduced`; measured, the conditions' values by name; interval, their intervals; outcome, the verdict on each;
    premises, the names of those that are premises; deciding, the name of the condition that the verdict follows from;
    estimate, the one that stands for the claim in every run and by which draws are compared; guarded_verdict,
    guarded_reason and guards where it is a claim of safety; second_judge_verdict and second_judge_guarded_verdict
    where a second judge scores what the claim rests on. A claim that was not run has nothing after `interval`.

    Raises:
        ValueError: if there is no such claim.
    """
    if name not in CLAIMS:
        raise ValueError(f"There is no claim {name!r}; there are {', '.join(CLAIMS)}.")
    if name not in results.claims:
        raise ValueError(f"claims.yaml does not state {name}; it states {', '.join(results.claims)}.")
    test, claim = CLAIMS[name], results.claims[name]
    conditions = test.conditions(results, claim)
    checked: dict[str, Any] = {
        "id": name,
        **claim.description(),
        "verdict": verdict(conditions) if conditions else NOT_RUN,
        "judges": results.profile.judge_identities(),
        "measured": {c.what: _rounded(c.estimate.value) for c in conditions},
        "interval": {c.what: [_rounded(c.estimate.low), _rounded(c.estimate.high)] for c in conditions},
    }
    if not conditions:
        return checked
    checked |= {
        "reason": reason(conditions),
        "outcome": {c.what: c.outcome() for c in conditions},
        "premises": [c.what for c in conditions if c.is_premise],
        "deciding": deciding(conditions).what,
        "estimate": first_estimate(conditions),
    }
    guarding = guarding_conditions(results, test, claim)
    if guarding:
        checked["guarded_verdict"] = verdict(conditions + guarding)
        checked["guarded_reason"] = reason(conditions + guarding)
        checked["guards"] = [
            {"what": c.what, **_without_nan(c.estimate.columns()), "outcome": c.outcome()} for c in guarding
        ]
    if set(claim.measures) & set(measures_with_second_judge(results.profile)):
        seconded = results.with_second_judges()
        conditions = test.conditions(seconded, claim)
        checked["second_judge_verdict"] = verdict(conditions)
        if guarding:
            checked["second_judge_guarded_verdict"] = verdict(conditions + guarding_conditions(seconded, test, claim))
    return checked


def write_claims(claims: list[dict[str, Any]], file: Path) -> None:
    """Write checked claims as JSON."""
    with atomic_write(file) as path:
        path.write_text(json.dumps(claims, indent=1, ensure_ascii=False), encoding="utf-8")


def guarding_conditions(results: Results, test: ClaimTest, claim: Claim) -> list[Condition]:
    """Return the conditions that guard a claim of safety; none for other claims."""
    return [guard for variants in test.guarded(results.profile) for guard in guards(results, variants, claim)]


def _without_nan(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: None if np.isnan(number) else number for name, number in numbers.items()}


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)
