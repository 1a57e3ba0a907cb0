"""Verdicts follow from planted results, in both directions. Published numbers never decide one."""

import json

import numpy as np
import pytest

from repro.engine.paths import PAPER
from superficial.published.claims import load_claims
from superficial.reporting.claims.registry import CLAIMS, check, write_claims
from superficial.reporting.results import Results
from tests.reporting.means import CENTRAL, GOOD, LAB, LAB_MEANS, plant_gap, plant_sweep, planted_means


def test_every_claim_that_is_stated_has_a_test_in_the_order_of_their_numbers():
    assert list(CLAIMS) == list(load_claims(PAPER / "claims.yaml")) == [f"C{number}" for number in range(1, 12)]


def test_planted_effects_are_all_reproduced(central):
    checked = {name: check(central, name) for name in ("C1", "C2", "C3", "C4", "C5", "C6")}
    assert {name: claim["verdict"] for name, claim in checked.items()} == dict.fromkeys(checked, "reproduced")
    assert checked["C1"]["guarded_verdict"] == "reproduced"
    for claim in checked.values():
        assert {"id", "verdict", "measured", "interval", "published", "source"} <= set(claim)


def test_a_second_judge_has_its_own_verdict(tmp_path):
    agreed = check(planted_means(tmp_path / "agreed"), "C1")
    assert agreed["second_judge_verdict"] == agreed["second_judge_guarded_verdict"] == "reproduced"
    parted = check(planted_means(tmp_path / "parted", second={"Small+Superficial": {"advbench": 5}}), "C1")
    assert (parted["verdict"], parted["second_judge_verdict"]) == ("reproduced", "not reproduced")
    assert "second_judge_verdict" not in check(planted_means(tmp_path / "math"), "C2")


def test_claims_of_the_whole_lab_follow_planted_results(lab, tmp_path):
    checked = {name: check(lab, name) for name in ("C7", "C8", "C9", "C10", "C11")}
    assert {name: claim["verdict"] for name, claim in checked.items()} == dict.fromkeys(checked, "reproduced")
    assert checked["C8"]["guarded_verdict"] == checked["C11"]["guarded_verdict"] == "reproduced"

    good, weak = GOOD["Small-Chat"], {"gsm": 0.5, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.6, "mmlu": 1}
    broken = LAB_MEANS | {"Small+Urial": good, "Large+Superficial-BB-Small": weak | {"gsm": 0.1, "over_refusal": 1.0}}
    broken |= {attack.restored: {"mmlu": 0.2} for attack in LAB.attacks} | {"Qwen+Superficial": weak | {"toxigen": 0.5}}
    results = planted_means(tmp_path, broken, profile=LAB)
    plant_sweep(tmp_path, [0.5, 0.4, 1.0], [0.9, 0.95, 0.97])
    checked = {name: check(results, name) for name in checked}
    assert {name: claim["verdict"] for name, claim in checked.items()} == dict.fromkeys(checked, "not reproduced")


def test_the_central_profile_does_not_run_what_it_lacks(central):
    assert {check(central, name)["verdict"] for name in ("C7", "C8", "C9", "C10", "C11")} == {"not run"}


def test_a_tolerance_of_claims_yaml_decides_a_verdict_and_stands_in_its_criterion(central, tmp_path):
    for name in ("claims.yaml", "published.yaml"):
        text = (PAPER / name).read_text()
        (tmp_path / name).write_text(text.replace("{fall: 0.9}", "{fall: 0.97}"))
    claim = check(Results(central.folder, CENTRAL, tmp_path), "C5")
    assert claim["verdict"] == "not reproduced"
    assert "at least 0.97 of it" in claim["criterion"]


def test_unknown_claims_and_missing_results_are_refused_in_one_sentence(central, tmp_path):
    with pytest.raises(ValueError, match="no claim 'C99'; there are C1, C2"):
        check(central, "C99")
    with pytest.raises(FileNotFoundError, match="invoke reproduce-all"):
        check(Results(tmp_path / "empty", CENTRAL, PAPER), "C1")


def test_claims_are_written_as_json_even_where_nothing_was_judged(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small+Superficial", "over_refusal")
    claim = check(results, "C1")
    assert claim["guarded_verdict"] == "inconclusive"
    write_claims([claim], tmp_path / "claims.json")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    (written,) = json.loads((tmp_path / "claims.json").read_text(), parse_constant=refuse)
    over_refusal, *garbled = written["guards"]
    assert over_refusal["value"] is None
    assert len(garbled) == 3
    assert not any(np.isnan(guard["value"]) for guard in garbled)
