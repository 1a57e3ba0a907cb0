"""The table of recovered shares."""

import pytest

from superficial.reporting.table import write_table
from superficial.reporting.tables.recovery import recovery_table
from tests.reporting.claims.worlds import LAB, Planted
from tests.reporting.means import GOOD, plant_gap, planted_means


def test_shares_are_those_of_the_planted_means(central):
    shares = recovery_table(central).data.set_index(["comparison", "measure"])
    assert shares.loc[("superficial", "gsm"), "pooled_value"] == pytest.approx(0.5)
    assert shares.loc[("superficial", "gsm"), "published"] == pytest.approx(0.58)
    assert shares.loc[("control-shuffled", "gsm"), "pooled_value"] == pytest.approx(0)


def test_a_pooled_share_and_a_mean_of_ratios_are_told_apart():
    """Gains are 0.3 of a gap of 0.6 and all of a gap of 0.2."""
    results = Planted({"gsm Large": 0.6, "gsm Large+Superficial": 0.8})
    main = results.profile.main_comparison
    results.profile = LAB.model_copy(update={"recovery": {main: LAB.recovery[main]}})
    row = recovery_table(results).data.set_index(["comparison", "measure"]).loc[(main, "gsm")]
    assert row[["pooled_value", "mean_of_ratios_value"]].tolist() == pytest.approx([0.5 / 0.8, (0.5 + 1) / 2])


def test_no_gap_and_not_judged_are_told_apart_in_markdown_and_latex(tmp_path):
    results = planted_means(tmp_path, {"Small-Chat": GOOD["Small-Chat"] | {"gsm": 0.2}})
    plant_gap(tmp_path, "Small+Superficial", "truthfulqa")
    write_table(recovery_table(results), tmp_path, "recovery")
    markdown, latex = ((tmp_path / f"recovery.{form}").read_text() for form in ("md", "tex"))
    assert "| superficial | GSM | 0.200 | 0.200 | 0.500 | no gap | no gap | 0.580 |" in markdown
    assert "| superficial | Info+True | 0.100 | 1.000 | not judged | not judged | not judged | 0.780 |" in markdown
    assert "superficial & GSM & 0.200 & 0.200 & 0.500 & no gap & no gap & 0.580" in latex
    assert "superficial & Info+True & 0.100 & 1.000 & not judged & not judged & not judged & 0.780" in latex
