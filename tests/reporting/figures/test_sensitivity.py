"""Figure 5: the shares of every setting are drawn, and a missing one says why."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from superficial.reporting.figures import sensitivity


def test_shares_of_both_measures_are_drawn_and_gaps_are_named(study_results):
    figure, data = sensitivity.draw(study_results)
    gsm, info_true = figure.axes
    assert data["gsm"][0] == pytest.approx(0.5)
    assert np.isnan(data["gsm"][1])
    assert [text.get_text() for text in gsm.texts] == ["not judged"]
    assert gsm.texts[0].get_position()[1] == 1
    assert not info_true.texts
    labels = [label.get_text() for label in gsm.get_yticklabels()]
    ways = [way for ways in study_results.profile.sensitivity.axes.values() for way in ways]
    assert labels == [label.strip() for label in labels]
    assert len(labels) == len(data) == 1 + len(ways)
    plt.close(figure)
