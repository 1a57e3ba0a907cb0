"""The table of the sensitivity study."""

from superficial.reporting.tables.sensitivity import sensitivity_table


def test_each_setting_is_a_row_and_a_missing_share_says_why(study_results):
    shown = sensitivity_table(study_results).shown.set_index(["axis", "way"])
    gsm = shown["share, GSM"]
    assert gsm["as reported", ""].startswith("0.50 [")
    axis, ways = next(iter(study_results.profile.sensitivity.axes.items()))
    assert gsm[axis, next(iter(ways))] == "not judged"
    assert set(gsm.iloc[2:].str[:6]) == {"0.00 ["}
