"""Figure 3: cover rate and similarity by k."""

import matplotlib.pyplot as plt
import pandas as pd

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


def test_labels_of_points_that_nearly_coincide_are_one():
    sweep = pd.DataFrame({"similarity": [1.0, 0.8, 0.514, 0.506], "cover_rate": [0.0, 0.6, 0.999, 1.0]})
    groups = k_cover_similarity._labelled_together(sweep)
    assert [group.index.tolist() for group in groups] == [[0], [1], [2, 3]]
