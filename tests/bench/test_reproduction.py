"""The measurement of a full run changes the figure style in a copy of the repository, never in the repository."""

import os

from bench.reproduction import STYLE, plan_with_new_figure_style


def test_a_new_figure_style_redraws_the_figures_and_leaves_the_repository_alone(run, monkeypatch):
    before = os.stat(STYLE)
    plan = plan_with_new_figure_style("smoke", run[0])
    assert plan == ["would run: figures", "would run: crate"]
    assert os.stat(STYLE) == before
