"""Every figure of a profile is found by its full or short name and saved in all formats."""

import pandas as pd
import pytest

from superficial.reporting.figures.registry import FIGURES, FORMATS, figure_names, full_name, write_figure
from tests.reporting.means import CENTRAL, LAB


def test_a_profile_has_the_figures_that_apply_to_it():
    assert figure_names(LAB) == list(FIGURES)
    assert figure_names(CENTRAL) == ["fig1-shift-tokens", "fig2-kl-by-position", "fig8-token-kinds"]


@pytest.mark.parametrize("short", ["2", "kl-by-position", "fig2-kl-by-position"])
def test_a_short_name_stands_for_a_figure(short):
    assert full_name(short) == "fig2-kl-by-position"
    assert full_name("fig77") == "fig77"


def test_a_figure_is_saved_in_all_formats_and_twice_the_same(central, tmp_path):
    for folder in ("first", "second"):
        write_figure(central, "fig2-kl-by-position", tmp_path / folder)
    for form in FORMATS:
        first, second = (tmp_path / folder / f"fig2-kl-by-position.{form}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    assert len(pd.read_csv(tmp_path / "first" / "fig2-kl-by-position.csv")) == 20


def test_a_figure_that_the_profile_lacks_is_refused(central, tmp_path):
    with pytest.raises(ValueError, match="no figure 'fig5-sensitivity'; there are fig1-shift-tokens, fig2"):
        write_figure(central, "fig5-sensitivity", tmp_path)
