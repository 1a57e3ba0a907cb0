"""Two judges of the same responses stand side by side with their agreement."""

import pytest

from superficial.reporting.tables.judges import judges_table
from tests.reporting.means import plant_gap, planted_means


def test_rates_agreement_and_the_number_of_different_scores(tmp_path):
    # Of 100 responses the first judge sees a refusal in the first 30, the second in the first 50: 20 differ.
    first, second = {"Small-Chat": {"over_refusal": 0.3}}, {"Small-Chat": {"over_refusal": 0.5}}
    data = judges_table(planted_means(tmp_path, first, second=second)).data.set_index(["variant", "measure"])
    row = data.loc[("Small-Chat", "over_refusal")]
    assert (row["n"], row["first"], row["second"], row["differ"]) == (100, 0.3, 0.5, 20)
    by_chance = 0.3 * 0.5 + 0.7 * 0.5
    assert row["kappa"] == pytest.approx((0.8 - by_chance) / (1 - by_chance))
    assert data["kappa"].isna()["Small", "harm_rate"]
    assert set(data.index.get_level_values("measure")) == {
        "harm_rate", "refused", "complied", "neither", "over_refusal",
    }  # fmt: skip


def test_a_variant_that_one_judge_did_not_judge_is_a_gap(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small-Chat", "over_refusal")
    shown = judges_table(results).shown.set_index(["variant", "measure"])
    assert shown.loc[("Small-Chat", "Over-refusal")].tolist() == [0, *["not judged"] * 3, 0]
    assert shown.loc[("Small", "HarmRate"), "kappa"] == "one score only"
