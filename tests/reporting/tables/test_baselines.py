"""Students against simpler methods: paired tests, corrected for their number."""

import re

import pytest

from superficial.reporting.tables.baselines import baselines_table
from tests.reporting.means import GOOD, LAB, plant_gap, planted_means

COMPARISONS = 4 * sum(len(baselines.others) for baselines in LAB.baselines)


def test_single_rates_are_tested_in_pairs_and_corrected_for_their_number(tmp_path):
    # 6 of 100 questions, all in one direction: the exact p of McNemar's test is 2 / 2^6 = 0.031, uncorrected.
    slight = GOOD["Small"] | {"gsm": 0.26}
    results = planted_means(tmp_path, {baselines.student: slight for baselines in LAB.baselines}, profile=LAB)
    table = baselines_table(results)
    data = table.data.set_index(["student", "other", "measure"])
    assert len(data) == COMPARISONS
    row = data.loc[("Small+Superficial", "Small+Urial", "gsm")]
    assert row["value"] == pytest.approx(0.06)
    assert row["p"] == pytest.approx(2 / 64, rel=0.3)
    assert row["corrected_p"] == pytest.approx(min(1, COMPARISONS * row["p"]))
    shown = table.shown.set_index(["student", "other", "measure"])["better by"]
    assert re.fullmatch(r"0\.060 \[0\.\d{3}, 0\.\d{3}\]", shown["Small+Superficial", "Small+Urial", "GSM"])


def test_a_rate_that_was_not_judged_leaves_a_gap_in_its_row(tmp_path):
    results = planted_means(tmp_path, profile=LAB)
    plant_gap(tmp_path, "Small+Urial", "gsm")
    table = baselines_table(results)
    shown = table.shown.set_index(["student", "other", "measure"])["better by"]
    assert shown["Small+Superficial", "Small+Urial", "GSM"] == "not judged"
    assert shown["Small+Superficial", "Small+LIMA", "GSM"] != "not judged"
    assert "nan" not in " ".join(table.shown.astype(str).to_numpy().ravel())
