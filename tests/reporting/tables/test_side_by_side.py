"""Published and recomputed values stand side by side with their difference."""

import pytest

from superficial.reporting.table import write_table
from superficial.reporting.tables.side_by_side import side_by_side_table
from tests.reporting.means import plant_gap, planted_means


def test_a_difference_is_recomputed_minus_published(central):
    table = side_by_side_table(central, "table1").data.set_index(["published_row", "measure"])
    assert table.loc[("7B-Chat", "gsm"), "difference"] == pytest.approx(0.8 - 0.230)
    assert set(table["world"]) == {"another (the lab)"}
    assert "over_refusal" not in table.index.get_level_values("measure")


def test_a_value_that_was_not_judged_is_a_gap(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small", "gsm")
    table = side_by_side_table(results, "table1")
    write_table(table, tmp_path, "side")
    row = "| 7B | Small | GSM | 0.037 | not judged | not judged | another (the lab) |"
    assert row in (tmp_path / "side.md").read_text().splitlines()
    assert "nan" not in (tmp_path / "side.tex").read_text()
    assert table.data.set_index(["published_row", "measure"]).loc[("7B", "gsm"), "recomputed":].isna().sum() == 6
