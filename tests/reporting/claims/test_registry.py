"""Verdicts follow from recorded results alone. Published numbers never decide one."""

import json

import numpy as np
import pytest

from repro.engine.paths import PAPER
from superficial.published.claims import load_claims
from superficial.reporting.claims.registry import CLAIMS, check, write_claims
from superficial.reporting.results import Results
from tests.reporting.claims.worlds import Planted
from tests.reporting.means import CENTRAL, plant_gap, planted_means


def test_every_claim_that_is_stated_has_a_test_in_the_order_of_their_numbers():
    assert (
        list(CLAIMS)
        == list(load_claims(PAPER / "claims.yaml"))
        == [
            *(f"C{number}" for number in range(1, 12)),
            *(f"D{number}" for number in range(1, 7)),
        ]
    )


def test_claims_are_tested_on_files(central):
    """Planted files, as a run leaves them; `worlds` plants the same in memory."""
    checked = {name: check(central, name) for name in CLAIMS}
    not_run = dict.fromkeys(("C7", "C8", "C9", "C10", "C11", "D1", "D2", "D3", "D4", "D5", "D6"), "not run")
    assert {name: claim["verdict"] for name, claim in checked.items()} == not_run | dict.fromkeys(
        ("C1", "C2", "C3", "C4", "C5"), "reproduced"
    ) | {"C6": "inconclusive"}
    assert checked["C6"]["reason"].endswith("unshifted positions: not judged."), "every planted position is shifted"
    assert checked["C1"]["guarded_verdict"] == "reproduced"
    assert checked["C2"]["measured"]["GSM, pooled recovered share of Small+Superficial"] == pytest.approx(0.5)
    assert "deciding" not in checked["C7"]
    for claim in checked.values():
        assert {"id", "verdict", "measured", "interval", "published", "source"} <= set(claim)


def test_a_claim_that_is_not_reproduced_says_why():
    failed = check(Planted({"gsm Small+Superficial": 0.2, "gsm Large+Superficial": 0.2}), "C2")
    share = "GSM, pooled recovered share of Small+Superficial, Large+Superficial"
    low, high = failed["interval"][share]
    assert failed["reason"] == f"{share} is 0.000 [{low:.3f}, {high:.3f}], which must be between 0.1 and 0.9."
    untested = check(Planted({"gsm Small-Chat": 0.2}), "C2")
    assert untested["verdict"] == "inconclusive"
    assert untested["reason"].startswith("There is nothing to test: GSM, Small-Chat minus Small is 0.000 [")
    assert share not in untested["reason"]


def test_recorded_numbers_have_six_decimals():
    claim = check(Planted({"gsm Small+Superficial": 0.4, "gsm Large+Superficial": 0.4}), "C2")
    assert claim["measured"]["GSM, pooled recovered share of Small+Superficial, Large+Superficial"] == 0.333333


def test_no_estimate_hides_another_of_the_same_name():
    for name, test in CLAIMS.items():
        results = Planted()
        names = [condition.what for condition in test.conditions(results, results.claims[name])]
        assert len(names) == len(set(names)), name


def test_a_second_judge_has_its_own_verdict(tmp_path):
    agreed = check(planted_means(tmp_path / "agreed"), "C1")
    assert agreed["second_judge_verdict"] == agreed["second_judge_guarded_verdict"] == "reproduced"
    parted = check(planted_means(tmp_path / "parted", second={"Small+Superficial": {"advbench": 5}}), "C1")
    assert (parted["verdict"], parted["second_judge_verdict"]) == ("reproduced", "not reproduced")
    assert "second_judge_verdict" not in check(planted_means(tmp_path / "math"), "C2")


def test_a_tolerance_of_claims_yaml_decides_a_verdict_and_stands_in_its_criterion(central, tmp_path):
    for name in ("claims.yaml", "published.yaml"):
        text = (PAPER / name).read_text()
        (tmp_path / name).write_text(text.replace("fall: 0.9,", "fall: 0.97,"))
    claim = check(Results(central.folder, CENTRAL, tmp_path), "C5")
    assert claim["verdict"] == "not reproduced"
    assert "more than 0.97 of it" in claim["criterion"]


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
    assert claim["guarded_reason"] == "Over-refusal, Small+Superficial minus Small-Chat: not judged."
    write_claims([claim], tmp_path / "claims.json")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    (written,) = json.loads((tmp_path / "claims.json").read_text(), parse_constant=refuse)
    over_refusal, *garbled = written["guards"]
    assert over_refusal["value"] is None
    assert len(garbled) == 3
    assert not any(np.isnan(guard["value"]) for guard in garbled)
