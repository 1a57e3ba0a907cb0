"""Two judges of the same responses stand side by side with their agreement."""

import numpy as np
import pandas as pd
import pytest

from superficial.artifacts import SECOND_SCORES
from superficial.reporting.tables.judges import judges_table
from tests.reporting.means import plant_gap, planted_means


def test_rates_agreement_and_the_number_of_different_scores(tmp_path):
    # Of 100 responses the first judge sees a refusal in the first 30, the second in 50, of which 10 are among the 30.
    results = planted_means(tmp_path, {"Small-Chat": {"over_refusal": 0.3}})
    file = tmp_path / SECOND_SCORES.of(variant="Small-Chat", benchmark="over_refusal")
    number = np.arange(100)
    pd.read_parquet(file).assign(score=((number >= 20) & (number < 70)).astype(float)).to_parquet(file)
    data = judges_table(results).data.set_index(["variant", "measure"])
    row = data.loc[("Small-Chat", "over_refusal")]
    assert (row["n"], row["first"], row["second"], row["differ"]) == (100, 0.3, 0.5, 20 + 40)
    by_chance = 0.3 * 0.5 + 0.7 * 0.5
    assert row["kappa"] == pytest.approx((0.4 - by_chance) / (1 - by_chance))
    assert data["kappa"].isna()["Small", "harm_rate"]
    assert set(data.index.get_level_values("measure")) == {
        "harm_rate", "refused", "complied", "neither", "over_refusal",
    }  # fmt: skip


def test_a_variant_that_one_judge_did_not_judge_is_a_gap(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small-Chat", "over_refusal")
    plant_gap(tmp_path, "Small", "over_refusal", questions=99)
    shown = judges_table(results).shown.set_index(["variant", "measure"])
    assert shown.loc[("Small-Chat", "Over-refusal")].tolist() == [0, *["not judged"] * 3, 0]
    assert shown.loc[("Small", "Over-refusal")].tolist() == [1, "0.000", "0.000", "one score only", 0]
    assert shown.loc[("Small", "HarmRate"), "kappa"] == "one score only"
