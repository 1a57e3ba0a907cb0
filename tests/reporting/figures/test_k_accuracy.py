"""Figure 4: token accuracy by k on both models."""

import matplotlib.pyplot as plt
import pytest

from superficial.reporting.figures import k_accuracy


def test_both_models_are_drawn_and_the_chosen_k_is_marked(lab):
    figure, data = k_accuracy.draw(lab)
    large = data[data["model"] == "large"]
    assert large["k"].tolist() == [1, 10, 100]
    assert large["accuracy"].tolist() == pytest.approx([0.9, 0.95, 0.9])
    assert set(data["model"]) == {"small", "large"}
    # The planted card chose k = 10.
    assert list(figure.axes[0].lines[-1].get_xdata()) == [10, 10]
    plt.close(figure)
