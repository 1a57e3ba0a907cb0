"""The sensitivity study: every setting with its shares, the reported one first."""

import pytest

from superficial.reporting.sensitivity import AS_REPORTED, as_data, measures, study


def test_the_first_setting_is_the_reported_one_and_the_others_follow_the_profile(study_results):
    settings = study(study_results)
    axes = study_results.profile.sensitivity.axes
    assert [(setting.axis, setting.way) for setting in settings] == [
        (AS_REPORTED, ""),
        *((axis, way) for axis, ways in axes.items() for way in ways),
    ]
    assert settings[0].shares["gsm"].value == pytest.approx(0.5)
    assert settings[0].validation_kl == 0.5
    assert settings[1].shares["gsm"].missing == "not judged"
    assert settings[2].shares["gsm"].value == pytest.approx(0)
    assert measures(study_results) == ["gsm", "info_true"]


def test_the_data_has_a_column_for_each_end_of_each_interval(study_results):
    data = as_data(study(study_results))
    shares = [f"{measure}{end}" for measure in ("gsm", "info_true") for end in ("", "_low", "_high")]
    assert list(data.columns) == ["axis", "way", "validation_kl", "garbled", *shares]
    assert data["gsm"].isna().tolist() == [number == 1 for number in range(len(data))]
