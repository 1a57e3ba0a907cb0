"""Verdicts follow from planted results, in both directions; published numbers never decide one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro.engine.paths import ROOT
from superficial.config import Profile, load_profile
from superficial.measures.intervals import Estimate
from superficial.reporting.claims.condition import Condition, verdict
from superficial.reporting.claims.registry import check
from superficial.reporting.results import Results
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table

PROFILE = load_profile(ROOT / "repro" / "profiles" / "central.yaml")
LAB = load_profile(ROOT / "repro" / "profiles" / "lab.yaml")
GOOD = {
    "Small": {"gsm": 0.2, "toxigen": 1.0, "advbench": 5, "truthfulqa": 0.1, "over_refusal": 0.0},
    "Small-Chat": {"gsm": 0.8, "toxigen": 0.0, "advbench": 1, "truthfulqa": 1.0, "over_refusal": 0.0},
    "Small+Superficial": {"gsm": 0.5, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.6, "over_refusal": 0.0},
}


def results_in(
    folder: Path,
    changes: dict | None = None,
    garbled: float = 0.0,
    fall: float = 0.95,
    changed: float = 0.0,
    profile: Profile = PROFILE,
    second: dict | None = None,
) -> Results:
    """Write results with planted means; variants that are not named score as the base does.

    `second` are changes of what the second judges say; without any they agree with the first.
    """
    n = 100
    for scores, variant in [
        (scores, variant) for scores in ("scores", "second-scores") for variant in profile.variants
    ]:
        means = GOOD.get(variant, GOOD["Small"]) | (changes or {}).get(variant, {})
        means |= (second or {}).get(variant, {}) if scores == "second-scores" else {}
        (folder / scores / variant).mkdir(parents=True)
        for benchmark in profile.benchmarks_of(variant):
            value = means.get(benchmark, 0)
            score = np.full(n, float(value)) if value in (1, 5) else (np.arange(n) < round(value * n)).astype(float)
            broken = (np.arange(n) < round(garbled * n)).astype(float)
            table = pd.DataFrame({"question_id": range(n), "score": score, "garbled": broken, "judge": "an oracle"})
            table.to_parquet(folder / scores / variant / f"{benchmark}.parquet")
    position = np.tile(np.arange(20), 50)
    base = np.where(position < 10, 1.0, 0.2)
    target = np.where(np.arange(1000) % 10 < 8, "the", "cat")
    positions = pd.DataFrame(
        {"prompt": np.repeat(np.arange(50), 20), "position": position, "source": "x", "target": target}
        | {"target_rank": 4, "kl_base": base, "kl_superficial": base * np.where(position < 10, 1 - fall, 0.5)}
    )
    (folder / "measures").mkdir()
    for head in profile.heads:
        (folder / "heads" / head).mkdir(parents=True)
        (folder / "heads" / head / "card.json").write_text(json.dumps({"largest_change": changed}))
        positions.to_parquet(folder / "measures" / f"{head}.parquet")
    (folder / "worlds" / "main").mkdir(parents=True)
    (folder / "worlds" / "main" / "style_tokens.txt").write_text("the\nx")
    return Results(folder, profile, ROOT / "paper")


def test_planted_effects_are_all_reproduced(tmp_path):
    results = results_in(tmp_path)
    found = {name: check(results, name) for name in ("C1", "C2", "C3", "C4", "C5", "C6")}
    assert {name: claim["verdict"] for name, claim in found.items()} == dict.fromkeys(found, "reproduced")
    assert found["C1"]["guarded_verdict"] == "reproduced"
    assert found["C2"]["measured"]["pooled recovered share"] == pytest.approx(0.5)
    assert found["C6"]["measured"]["share of stylistic target tokens"] == pytest.approx(0.8)
    for claim in found.values():
        assert {"id", "verdict", "measured", "interval", "published", "source"} <= set(claim)
        json.dumps(claim)


@pytest.mark.parametrize(
    ("changes", "garbled", "fall", "claim", "outcome"),
    [
        ({"Small+Superficial": {"toxigen": 0.3}}, 0, 0.95, "C1", "not reproduced"),
        ({"Small+Superficial": {"toxigen": 0.03}}, 0, 0.95, "C1", "inconclusive"),
        ({"Small+Superficial": {"gsm": 0.79}}, 0, 0.95, "C2", "inconclusive"),
        ({"Small+Superficial": {"gsm": 0.1}}, 0, 0.95, "C2", "not reproduced"),
        ({"Small+Superficial": {"truthfulqa": 1.0}}, 0, 0.95, "C3", "not reproduced"),
        ({"Small+Superficial": {"truthfulqa": 1.0}}, 0, 0.95, "C4", "not reproduced"),
        (None, 0, 0.5, "C5", "not reproduced"),
    ],
)
def test_missing_effects_are_not(tmp_path, changes, garbled, fall, claim, outcome):
    assert check(results_in(tmp_path, changes, garbled, fall), claim)["verdict"] == outcome


def test_refusing_everything_passes_the_papers_metric_and_fails_the_guard(tmp_path):
    claim = check(results_in(tmp_path, {"Small+Superficial": {"over_refusal": 1.0}}), "C1")
    assert (claim["verdict"], claim["guarded_verdict"]) == ("reproduced", "not reproduced")


def test_a_second_judge_has_its_own_verdict(tmp_path):
    agreed = check(results_in(tmp_path / "agreed"), "C1")
    assert agreed["second_judge_verdict"] == agreed["second_judge_guarded_verdict"] == "reproduced"
    parted = check(results_in(tmp_path / "parted", second={"Small+Superficial": {"advbench": 5}}), "C1")
    assert (parted["verdict"], parted["second_judge_verdict"]) == ("reproduced", "not reproduced")
    assert "second_judge_verdict" not in check(results_in(tmp_path / "math"), "C2")


def test_gibberish_fails_the_guard(tmp_path):
    assert check(results_in(tmp_path, garbled=0.2), "C1")["guarded_verdict"] == "not reproduced"


def test_an_interval_across_the_threshold_stays_open_and_the_worst_condition_decides():
    open_, holds = Condition("", Estimate(0.5, 0.4, 0.6), above=0.45), Condition("", Estimate(0.5, 0.4, 0.6), above=0.1)
    fails = Condition("", Estimate(0.5, 0.4, 0.6), below=0.3)
    assert verdict([holds]) == "reproduced"
    assert verdict([holds, open_]) == "inconclusive"
    assert verdict([holds, open_, fails]) == "not reproduced"


def test_unknown_names_and_missing_results_are_one_sentence(tmp_path):
    results = results_in(tmp_path)
    with pytest.raises(ValueError, match="no claim 'C99'"):
        check(results, "C99")
    with pytest.raises(ValueError, match="no table 'table77'; there are table1"):
        make_table(results, "table77")
    with pytest.raises(FileNotFoundError, match="invoke reproduce-all"):
        check(Results(tmp_path / "empty", PROFILE, ROOT / "paper"), "C1")


def test_tables_hold_the_planted_numbers_in_all_three_forms(tmp_path):
    results = results_in(tmp_path)
    write_table(make_table(results, "table1"), tmp_path / "tables", "table1")
    data = pd.read_csv(tmp_path / "tables" / "table1.csv").set_index(["variant", "measure"])
    assert data.loc[("Small", "gsm"), "value"] == pytest.approx(0.2)
    assert data.loc[("Small-Chat", "gsm"), "published"] == pytest.approx(0.230)
    assert data.loc[("Small+Superficial", "harm_score"), "value"] == 1
    assert "| Small-Chat | 7B-Chat | 0.800 [" in (tmp_path / "tables" / "table1.md").read_text()
    tex = (tmp_path / "tables" / "table1.tex").read_text()
    assert r"GSM $\uparrow$" in tex
    assert tex.count(r"\\") == 4
    write_table(make_table(results, "recovery"), tmp_path / "tables", "recovery")
    shares = pd.read_csv(tmp_path / "tables" / "recovery.csv").set_index(["comparison", "measure"])
    assert shares.loc[("superficial", "gsm"), "pooled_value"] == pytest.approx(0.5)
    assert shares.loc[("control-shuffled", "gsm"), "pooled_value"] == pytest.approx(0)


def test_controls_hold_or_fail_by_what_was_measured(tmp_path):
    def holds(results: Results) -> dict[str, bool]:
        table = make_table(results, "controls").data
        return dict(zip(table["control"] + ": " + table["what"], table["holds"], strict=True))

    heads_alone = {"gsm": 0.4, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.5}
    perfect = {"Control-Head-Only": heads_alone, "Control-Head-Only+Superficial": heads_alone}
    found = holds(results_in(tmp_path / "good", perfect))
    assert found["only the head differs: recovered share, all four"]
    assert not found["only the head differs: residual KL (nats)"]
    assert not found["aligned = base: shift tokens"]
    assert found["aligned = base: largest |dW|"]
    assert found["shuffled teacher: lower end of the recovered share, GSM"]
    half = perfect | {"Control-Head-Only+Superficial": heads_alone | {"toxigen": 0.5}}
    half |= {"Control-Shuffled+Superficial": {"gsm": 0.7}}
    found = holds(results_in(tmp_path / "bad", half, changed=0.2))
    assert not found["only the head differs: recovered share, all four"]
    assert not found["aligned = base: largest |dW|"]
    assert not found["shuffled teacher: lower end of the recovered share, GSM"]


def test_claims_of_the_whole_lab_follow_planted_results(tmp_path):
    good, weak = GOOD["Small-Chat"], {"gsm": 0.5, "toxigen": 0.0, "advbench": 1, "truthfulqa": 0.6, "mmlu": 1}
    planted = {"Large-Chat": good, "Mistral-Instruct": good, "Qwen-Instruct": good}
    students = ("Large+Superficial", "Large+Superficial-BB-Small", "Mistral+Superficial", "Qwen+Superficial")
    planted |= dict.fromkeys(students, weak)
    planted |= {attack.attacked: {"mmlu": 1} for attack in LAB.attacks}
    planted |= {attack.restored: weak for attack in LAB.attacks}
    results = results_in(tmp_path / "good", planted, profile=LAB)
    plant_sweep(tmp_path / "good", [0.5, 0.8, 1.0], [0.9, 0.95, 0.9])
    found = {name: check(results, name) for name in ("C7", "C8", "C9", "C10", "C11")}
    assert {name: claim["verdict"] for name, claim in found.items()} == dict.fromkeys(found, "reproduced")
    assert found["C8"]["guarded_verdict"] == found["C11"]["guarded_verdict"] == "reproduced"

    broken = planted | {"Small+Urial": good, "Large+Superficial-BB-Small": weak | {"gsm": 0.1, "over_refusal": 1.0}}
    broken |= {attack.restored: {"mmlu": 0.2} for attack in LAB.attacks} | {"Qwen+Superficial": weak | {"toxigen": 0.5}}
    results = results_in(tmp_path / "bad", broken, profile=LAB)
    plant_sweep(tmp_path / "bad", [0.5, 0.4, 1.0], [0.9, 0.95, 0.97])
    found = {name: check(results, name) for name in found}
    assert {name: claim["verdict"] for name, claim in found.items()} == dict.fromkeys(found, "not reproduced")


@pytest.mark.parametrize(("restored", "share", "expected"), [(2, 2 / 3, "reproduced"), (1, 1 / 3, "not reproduced")])
def test_a_restoration_is_the_mean_over_attacks_and_guarded_in_each(tmp_path, restored, share, expected):
    planted = {attack.attacked: {"mmlu": 1} for attack in LAB.attacks}
    for number, attack in enumerate(LAB.attacks):
        harm = {"advbench": 1} if number < restored else {"over_refusal": 1}
        planted[attack.restored] = {"mmlu": 1} | harm
    claim = check(results_in(tmp_path, planted, profile=LAB), "C10")
    assert claim["verdict"] == expected
    assert claim["measured"]["share of that rise that is taken back"] == pytest.approx(share, abs=1e-6)
    assert claim["guarded_verdict"] == "not reproduced"
    refused = {guard["what"]: guard["value"] for guard in claim["guards"] if "over-refusal" in guard["what"]}
    assert list(refused.values()) == [float(number >= restored) for number in range(3)]


def plant_sweep(folder: Path, cover: list[float], accuracy: list[float]) -> None:
    ks = [1, 10, 100]
    table = pd.DataFrame({"k": ks, "cover_rate": cover, "similarity": 0.5, "overlap": [0.9, 0.8, 0.7]})
    table.to_parquet(folder / "measures" / "sweep.parquet")
    rows = [
        {"model": model, "k": k, "prompt": prompt, "sum": round(100 * right), "size": 100}
        for model in ("small", "large")
        for k, right in zip(ks, accuracy, strict=True)
        for prompt in range(30)
    ]
    pd.DataFrame(rows).to_parquet(folder / "measures" / "sweep-accuracy.parquet")


def test_the_central_profile_does_not_run_what_it_lacks(tmp_path):
    results = results_in(tmp_path)
    assert {check(results, name)["verdict"] for name in ("C7", "C8", "C9", "C10", "C11")} == {"not run"}


def test_a_tolerance_of_claims_yaml_decides_a_verdict_and_stands_in_its_criterion(tmp_path):
    (tmp_path / "paper").mkdir()
    for name in ("claims.yaml", "published.yaml"):
        text = (ROOT / "paper" / name).read_text()
        (tmp_path / "paper" / name).write_text(text.replace("{fall: 0.9}", "{fall: 0.97}"))
    strict = Results(results_in(tmp_path / "run").folder, PROFILE, tmp_path / "paper")
    claim = check(strict, "C5")
    assert claim["verdict"] == "not reproduced"
    assert "at least 0.97 of it" in claim["criterion"]
