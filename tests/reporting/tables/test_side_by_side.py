"""Published and recomputed values stand side by side with their difference."""

import pytest

from superficial.reporting.table import write_table
from superficial.reporting.tables.side_by_side import side_by_side_table
from tests.reporting.means import CENTRAL, plant_gap, planted_means


def test_a_difference_is_recomputed_minus_published(central):
    made = side_by_side_table(central, "table1")
    assert "of another world, the lab" in made.caption and "Wilson" not in made.caption
    shown = made.shown.set_index(["paper's row", "measure"])["difference"]
    assert shown["7B-Chat", "GSM"] == "+0.570"
    table = made.data.set_index(["published_row", "measure"])
    row = table.loc[("7B-Chat", "gsm")]
    ends = ["difference", "difference_low", "difference_high"]
    assert row[ends].tolist() == pytest.approx([0.8 - 0.230, row["low"] - 0.230, row["high"] - 0.230])
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


def test_at_paper_scale_a_published_rate_has_the_interval_of_its_number_of_questions(tmp_path):
    results = planted_means(tmp_path)
    assert "published_low" not in side_by_side_table(results, "table1").data
    results.profile = CENTRAL.model_copy(update={"worlds": {}})
    table = side_by_side_table(results, "table1")
    assert "Wilson interval" in table.caption and "another world" not in table.caption
    data = table.data.set_index(["published_row", "measure"])
    # 66 of 100 by Wilson's formula: (0.6792 ± 1.96 · 0.04837) / 1.0384.
    ends = data.loc[("7B", "harm_rate"), ["published_low", "published_high"]].tolist()
    assert ends == pytest.approx([0.5627, 0.7454], abs=1e-4)
    # Points have no such interval.
    assert data.loc[("7B", "harm_score"), "published_low":].isna().all()
    assert "[0.563, 0.745]" in set(table.shown["its interval, by the paper's n"])
