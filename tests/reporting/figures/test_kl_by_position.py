"""Figure 2: the curves are those of the main head's positions."""

import matplotlib.pyplot as plt
import pytest

from superficial.reporting.figures import kl_by_position


def test_both_curves_are_drawn_from_the_planted_values(central):
    figure, data = kl_by_position.draw(central)
    assert data["position"].tolist() == list(range(20))
    assert data["kl_base"].tolist() == pytest.approx([1.0] * 10 + [0.2] * 10)
    assert data["kl_superficial"].tolist() == pytest.approx([0.05] * 10 + [0.1] * 10)
    base, superficial = figure.axes[0].lines
    assert base.get_ydata().tolist() == data["kl_base"].tolist()
    assert superficial.get_ydata().tolist() == data["kl_superficial"].tolist()
    plt.close(figure)
