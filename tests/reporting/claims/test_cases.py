"""Every condition of every claim holds, is open and fails where planted results say so, and nothing else decides it."""

import json

import numpy as np
import pytest

from repro.engine.paths import ROOT
from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, verdict
from superficial.reporting.claims.registry import CLAIMS, check, guarding_conditions
from tests.reporting.claims.cases import CASES
from tests.reporting.claims.worlds import Planted

EXPECTED = ROOT / "repro" / "expected"


@pytest.fixture(scope="module")
def good():
    return {name: check(Planted(), name) for name in CLAIMS}


def outcomes(claim: dict) -> dict[str, str]:
    return claim["outcome"] | {guard["what"]: guard["outcome"] for guard in claim.get("guards", [])}


def test_every_claim_is_reproduced_where_every_effect_is_planted(good):
    for name, claim in good.items():
        assert claim["verdict"] == claim.get("guarded_verdict", REPRODUCED) == REPRODUCED, claim["reason"]
        assert claim["reason"] == ""
        assert claim["deciding"] == claim["estimate"]["what"] in set(claim["measured"]) - set(claim["premises"]), name


def test_premises_are_those_of_the_recorded_results(good):
    recorded = {one["id"]: one for one in json.loads((EXPECTED / "lab" / "claims.json").read_text(encoding="utf-8"))}
    compared = [name for name in good if recorded.get(name, {}).get("premises")]
    assert {"C1", "C2", "C10", "D1", "D3", "D4"} <= set(compared)
    for name in compared:
        assert good[name]["premises"] == recorded[name]["premises"], name


def test_every_condition_has_a_case(good):
    conditions = {(name, what) for name, claim in good.items() for what in outcomes(claim)}
    assert {(case.claim, case.condition) for case in CASES} == conditions


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.claim} {case.condition}")
def test_a_condition_holds_inside_its_range_is_open_at_its_threshold_and_fails_outside(case):
    for steps, expected in ((1, REPRODUCED), (0, INCONCLUSIVE), (-1, NOT_REPRODUCED)):
        results = Planted(case.planted(steps))
        if case.is_guard:
            conditions = guarding_conditions(results, CLAIMS[case.claim], results.claims[case.claim])
        else:
            conditions = CLAIMS[case.claim].conditions(results, results.claims[case.claim])
        (moved,) = [condition for condition in conditions if condition.what == case.condition]
        assert moved.outcome() == expected, (steps, moved.estimate)
        if case.is_alone:
            fails_for_want_of_a_premise = moved.is_premise and expected == NOT_REPRODUCED
            assert verdict(conditions) == (INCONCLUSIVE if fails_for_want_of_a_premise else expected)
            others = [c.what for c in conditions if c is not moved and c.outcome() != REPRODUCED]
            assert not others, "a knob moves one condition"


def test_claims_and_tables_draw_the_same_questions(monkeypatch):
    """An estimate that stands in a table and in a claim has the same interval in both: each resampling has seed 0."""
    seeds, original = [], np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed: seeds.append(np.atleast_1d(seed)[0]) or original(seed))
    # No other test plants this share, so that no difference that rests on it is remembered.
    results = Planted({"gsm Small-Chat": 0.79})
    for name in CLAIMS:
        check(results, name)
    assert set(seeds) == {0}
