"""Tables of the page: values with their intervals, the paper's values, and gaps."""

import pytest

from superficial.reporting.page.tables import in_counting_order, plain_table, readable, scores_table
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table
from tests.reporting.means import plant_gap, planted_means
from tests.reporting.page.reading import elements


def test_tables_show_intervals_with_their_values_and_count_in_their_names(tmp_path):
    assert in_counting_order(["table10", "shift", "table2", "table1"]) == ["shift", "table1", "table2", "table10"]
    data = "who,x_value,x_low,x_high,n,text\na,0.5,0.25,0.75,10,|b|\nc,,,,3,\n"
    (tmp_path / "t.csv").write_text(data)
    table = plain_table(tmp_path / "t.csv")
    assert table.header == ["who", "x", "n", "text"]
    assert [cell.text for cell in table.rows[0]] == ["a", "0.500", "10", "|b|"]
    assert table.rows[0][1].interval == "[0.250, 0.750]"
    assert [cell.text for cell in table.rows[1]] == ["c", "–", "3", "–"]
    assert not table.rows[1][1].interval


def test_a_score_cell_shows_measured_and_published_and_what_is_behind_it(page):
    cells = [a for tag, a in elements(page).found if tag == "button" and a.get("class") == "cell"]
    behind = {(a["data-variant"], a["data-measure"]): a["data-benchmarks"] for a in cells}
    assert behind["Small", "HarmRate ↓"] == "advbench"
    assert behind["Small", "Refused ↑"] == "advbench"
    assert "paper 0.037" in page.read_text(encoding="utf-8")


def test_what_was_not_judged_is_a_gap_and_what_was_judged_in_part_says_so(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small", "gsm")
    plant_gap(tmp_path, "Small", "toxigen", questions=40)
    write_table(make_table(results, "table1"), tmp_path / "tables", "table1")
    page_table = scores_table(results, tmp_path / "tables" / "table1.csv")
    cells = dict(zip(page_table.header, page_table.rows[0], strict=True))
    assert (cells["GSM ↑"].text, cells["GSM ↑"].interval, cells["GSM ↑"].published) == ("not judged", "", "paper 0.037")
    assert cells["ToxiScore ↓"].interval.endswith("], 60 of 100 judged")
    assert "judged" not in cells["HarmRate ↓"].interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        ("x", "x"),
        (float("nan"), "–"),
        (12.0, "12"),
        (0.5, "0.500"),
        (2e-5, "2e-05"),
        (3, "3"),
    ],
)
def test_a_value_of_a_csv_is_readable(value, text):
    assert readable(value) == text
