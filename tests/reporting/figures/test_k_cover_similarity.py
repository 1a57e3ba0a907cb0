"""Figure 3: cover rate and similarity by k."""

import matplotlib.pyplot as plt

from superficial.reporting.figures import k_cover_similarity


def test_each_curve_is_drawn_and_each_k_is_labelled(lab):
    figure, data = k_cover_similarity.draw(lab)
    assert data["cover_rate"].tolist() == [0.5, 0.8, 1.0]
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [
        [0.5, 0.8, 1.0],
        [0.5] * 3,
        [0.9, 0.8, 0.7],
    ]
    assert [text.get_text() for text in figure.axes[1].texts] == ["k=1", "k=10", "k=100"]
    plt.close(figure)
