"""Tables of scores hold changes from the base and stand beside the paper's numbers; comparisons count their number."""

import pytest

from superficial.reporting.tables.registry import make_table, table_names
from tests.reporting.test_claims import GOOD, LAB, PROFILE, results_in


def test_changes_are_from_the_papers_base_and_differences_from_its_values(tmp_path):
    results = results_in(tmp_path)
    table = make_table(results, "table1").data.set_index(["variant", "measure"])
    assert table.loc[("Small-Chat", "gsm"), "base"] == "Small"
    assert table.loc[("Small-Chat", "gsm"), "change"] == pytest.approx(0.6)
    assert table.loc[("Small-Chat", "gsm"), "change_low"] < 0.6 < table.loc[("Small-Chat", "gsm"), "change_high"]
    assert table.loc[("Small", "gsm")].isna()["change"]
    assert "table1-side-by-side" in table_names(PROFILE)
    side = make_table(results, "table1-side-by-side").data.set_index(["published_row", "measure"])
    assert side.loc[("7B-Chat", "gsm"), "difference"] == pytest.approx(0.8 - 0.230)
    assert set(side["world"]) == {"another (the lab)"}
    assert "over_refusal" not in side.index.get_level_values("measure")


def test_single_rates_are_tested_in_pairs_and_corrected_for_their_number(tmp_path):
    # 6 of 100 questions, all one way: exact McNemar p = 2 / 2^6 = 0.031; not of 16 tests.
    slight = GOOD["Small"] | {"gsm": 0.26}
    results = results_in(tmp_path, {"Small+Superficial": slight, "Large+Superficial": slight}, profile=LAB)
    data = make_table(results, "baselines").data.set_index(["student", "other", "measure"])
    row = data.loc[("Small+Superficial", "Small+Urial", "gsm")]
    assert row["p"] == pytest.approx(2 / 64)
    assert row["corrected_p"] == pytest.approx(16 * 2 / 64)
    assert data.loc[("Small+Superficial", "Small+Urial", "all four"), "value"] == pytest.approx(0.06)


def test_two_judges_stand_side_by_side_with_their_agreement(tmp_path):
    # Of 100 answers the first judge finds the first 30 declined, the second the first 50: they part in 20.
    first, second = {"Small-Chat": {"over_refusal": 0.3}}, {"Small-Chat": {"over_refusal": 0.5}}
    data = make_table(results_in(tmp_path, first, second=second), "judges").data.set_index(["variant", "measure"])
    row = data.loc[("Small-Chat", "over_refusal")]
    assert (row["n"], row["first"], row["second"], row["differ"]) == (100, 0.3, 0.5, 20)
    by_chance = 0.3 * 0.5 + 0.7 * 0.5
    assert row["kappa"] == pytest.approx((0.8 - by_chance) / (1 - by_chance))
    assert data.loc[("Small", "harm_rate"), "kappa"] != data.loc[("Small", "harm_rate"), "kappa"]
    assert set(data.index.get_level_values("measure")) == {"harm_rate", "over_refusal"}
