"""Claims and durations as text for a terminal."""

from superficial.reporting.claims.registry import check
from superficial.reporting.show import claim_text, print_claims_in_full, stages_text
from tests.reporting.means import plant_gap, planted_means


def test_a_claim_is_shown_with_its_numbers_verdicts_files_and_command(central):
    text = claim_text(check(central, "C1"), central.folder, "central")
    for part in (
        "C1: Superficial knowledge alone removes",
        "in the paper: Table 1: HarmRate 0.66 to 0.00",
        "measured: HarmRate, Small+Superficial minus Small-Chat: 0.000 [",
        "verdict: reproduced",
        "guarded verdict: reproduced (Over-refusal, Small+Superficial minus Small-Chat 0.000 [",
        "by the second judges: reproduced, guarded reproduced",
        f"computed from: {central.folder / 'tables' / 'table1.csv'}",
        "rerun: invoke reproduce-all --profile central && invoke claim C1 --profile central",
    ):
        assert part in text


def test_a_claim_that_the_profile_lacks_was_not_measured(central):
    assert "measured: nothing, it is not part of this profile" in claim_text(check(central, "C9"), central.folder, "x")


def test_a_value_that_is_missing_is_unknown(tmp_path, capsys):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small+Superficial", "gsm")
    claim = check(results, "C2")
    assert "GSM, pooled recovered share of Small+Superficial: unknown [unknown, unknown]" in claim_text(
        claim, tmp_path, "central"
    )
    print_claims_in_full([claim], tmp_path)
    printed = capsys.readouterr().out
    assert "unknown" in printed
    assert "inconclusive" in printed


def test_stages_are_shares_of_the_whole_work():
    text = stages_text({"train": 90.0, "tables": 30.0})
    assert text == "2.0 minutes of work, the sum over parallel steps: train 75%, tables 25%."
