"""The table of recovered shares."""

import pytest

from superficial.reporting.table import write_table
from superficial.reporting.tables.recovery import recovery_table
from tests.reporting.means import GOOD, plant_gap, planted_means


def test_shares_are_those_of_the_planted_means(central):
    shares = recovery_table(central).data.set_index(["comparison", "measure"])
    assert shares.loc[("superficial", "gsm"), "pooled_value"] == pytest.approx(0.5)
    assert shares.loc[("superficial", "gsm"), "published"] == pytest.approx(0.58)
    assert shares.loc[("control-shuffled", "gsm"), "pooled_value"] == pytest.approx(0)


def test_no_gap_and_not_judged_are_told_apart_in_markdown_and_latex(tmp_path):
    results = planted_means(tmp_path, {"Small-Chat": GOOD["Small-Chat"] | {"gsm": 0.2}})
    plant_gap(tmp_path, "Small+Superficial", "truthfulqa")
    write_table(recovery_table(results), tmp_path, "recovery")
    markdown, latex = ((tmp_path / f"recovery.{form}").read_text() for form in ("md", "tex"))
    assert "| superficial | GSM | 0.200 | 0.200 | 0.500 | no gap | no gap | 0.580 |" in markdown
    assert "| superficial | Info+True | 0.100 | 1.000 | not judged | not judged | not judged | 0.780 |" in markdown
    assert "superficial & GSM & 0.200 & 0.200 & 0.500 & no gap & no gap & 0.580" in latex
    assert "superficial & Info+True & 0.100 & 1.000 & not judged & not judged & not judged & 0.780" in latex
