"""Shares on a depth curve, what only works together, and planted depths, on planted scores."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from superficial.config import Profile
from superficial.config.lab import TrainedBlocks
from superficial.reporting import depth
from superficial.reporting.figures.depth import draw
from superficial.reporting.tables.depth import depth_table
from superficial.reporting.tables.planted_depth import check_planted_depth
from tests.reporting.claims.worlds import LAB, Planted


class PlantedCurves(Planted):
    """`Planted`, with a KL by position for each point: `kl` maps a curve to the KL of its points."""

    def __init__(self, changes=None, kl=None, spread=0.01):
        super().__init__(changes)
        self.kl, self.spread = kl or {}, spread

    def depth_positions(self, curve):
        points = dict.fromkeys(self.depth_scores(curve)["point"])
        rows = [
            {"point": point, "prompt": prompt, "position": position}
            | {"kl_superficial": self.kl.get(curve, {}).get(point, 0.5) + self.spread * prompt}
            for point in points
            if point != "base"
            for prompt in range(4)
            for position in range(12)
        ]
        return pd.DataFrame(rows)


def curves():
    assert isinstance(LAB, Profile)
    return list(LAB.depth.curves())


def test_the_share_at_a_point_is_of_the_gap_between_base_and_aligned_model():
    scores = depth.curve_scores(Planted(), curves()[0])
    assert depth.share_at(scores, "top 0", "gsm").value == pytest.approx(0.5)
    assert depth.share_at(scores, "everything", "gsm").value == 1
    assert depth.depth_measures(scores) == ["gsm", "toxi_score", "harm_rate", "info_true", "all four"]


@pytest.mark.parametrize(("top", "bottom"), [(0.6, 0.6), (0.8, 0.5), (0.8, 0.8)])
def test_what_only_works_together_is_what_the_sum_of_both_sides_lacks(top, bottom):
    changes = {"gsm deep top 3": top, "gsm deep bottom 5": bottom}
    results = Planted(changes)
    upper, lower = (depth.curve_scores(results, curve) for curve in curves()[:2])
    found = depth.only_together(upper, lower, 3, 8, "gsm")
    # (0.8 - top - bottom + 0.5) / (0.8 - 0.2)
    assert found.value == pytest.approx((1.3 - top - bottom) / 0.6, abs=0.01)
    assert found.low < found.value < found.high


def test_the_difference_of_two_points_is_paired():
    scores = depth.curve_scores(Planted(), curves()[0])
    found = depth.share_difference(scores, "top 8", "top 0", "gsm")
    assert found.value == pytest.approx(0.5)
    assert depth.share_difference(scores, "top 2", "top 2", "gsm").value == 0


def test_the_table_has_every_point_and_every_division():
    table = depth_table(PlantedCurves())
    points = table.data["point"].tolist()
    assert points[:3] == ["top 0", "top 1", "top 2"]
    assert points[-1] == "only together: top 7 and bottom 1"
    assert len(points) == 11 + 7 + 7
    assert np.isnan(table.data.set_index("point").loc["everything", "blocks"])
    assert not table.data["gsm_low"].isna().any()
    row = table.shown.set_index("point").loc["top 0"]
    assert row["GSM"].startswith("0.50 [") and row["KL, first ten"].startswith("0.515 [")


class FewPoints(PlantedCurves):
    """Curves on which only some numbers of blocks have a point."""

    def depth_scores(self, curve):
        rows = super().depth_scores(curve)
        side = curve.rpartition("-")[2]
        return rows[~rows["point"].isin([f"{side} {number}" for number in (2, 3, 5, 6)])]


def test_where_some_numbers_of_blocks_have_no_point_the_others_keep_their_numbers():
    few, every = (depth_table(results).data.set_index("point") for results in (FewPoints(), PlantedCurves()))
    assert [point for point in few.index if "only together" in point] == [
        f"only together: top {number} and bottom {8 - number}" for number in (1, 4, 7)
    ]
    assert [point for point in few.index if point.startswith("top")] == [f"top {number}" for number in (0, 1, 4, 7, 8)]
    pd.testing.assert_frame_equal(few, every.loc[few.index])


def test_without_planted_pairs_the_figure_leaves_their_panel_out(monkeypatch):
    results = FewPoints()
    results.profile = LAB.model_copy(update={"depth": LAB.depth.model_copy(update={"planted": []})})
    lens = pd.DataFrame({"model": "base", "layer": [0, 1] * 3, "prompt": [0, 0, 1, 1, 2, 2]})
    monkeypatch.setattr(FewPoints, "depth_lens", lambda _: lens.assign(agreeing_shifted=1, shifted=2), raising=False)
    figure, data = draw(results)
    first, *_, lenses = panels = figure.get_axes()
    assert [panel.axison for panel in panels] == [True, True, True, True, False, True]
    assert {tuple(line.get_xdata().round()) for line in first.get_lines() if len(line.get_xdata()) == 5} == {
        (0, 1, 4, 7, 8)
    }
    assert lenses.get_xlabel().startswith("layer") and data["planted"].isna().all()
    plt.close(figure)


def test_a_rate_whose_gap_is_too_small_for_an_interval_is_not_drawn(monkeypatch):
    lens = pd.DataFrame({"model": "base", "layer": [0, 1], "prompt": 0, "agreeing_shifted": 1, "shifted": 2})
    monkeypatch.setattr(PlantedCurves, "depth_lens", lambda _: lens, raising=False)
    monkeypatch.setattr("superficial.reporting.figures.depth.planted_curves", lambda _: pd.DataFrame())
    no_gap = {f"truthfulqa deep {point}": 0.5 for point in ("base", "everything")}
    drawn = []
    for changes in ({}, no_gap):
        figure, _ = draw(PlantedCurves(changes))
        drawn.append(figure.get_axes()[0].get_legend_handles_labels()[1])
        plt.close(figure)
    assert drawn == [["GSM", "ToxiScore", "HarmRate", "Info+True"], ["GSM", "ToxiScore", "HarmRate"]]


def planted_kl(pair, block, blur=0.0):
    before, after = {f"top {m}": 0.5 for m in range(8 - block)}, {f"top {m}": 0.0 for m in range(8 - block, 9)}
    return {f"{pair}-top": before | after | {f"top {8 - block - 1}": 0.5 - blur}}


# All rates are regained with one block; those of `Planted` are regained with all blocks alone.
REGAINED = {
    f"{what} deep top {m}": at
    for m in range(1, 9)
    for what, at in {"gsm": 0.8, "toxigen": 0.05, "harm": 0.05, "truthfulqa": 0.85}.items()
}


def test_planted_depths_are_found_where_the_curve_jumps():
    kl = {}
    for pair in LAB.depth.planted:
        kl |= planted_kl(pair, int(pair[-1]))
    results = PlantedCurves(REGAINED, kl, spread=0)
    checks = check_planted_depth(results)
    assert len(checks) == 9
    assert all("planted" in check.control for check in checks)
    assert [check.what for check in checks if not check.holds or check.missing] == []
    assert checks[2].what == "recovered share at top 7, all four"
    results.kl = kl | {"deep-block-4-top": kl["deep-block-4-top"] | {"top 0": 0.7}}
    (changed,) = [check for check in check_planted_depth(results) if not check.holds]
    assert changed.measured == pytest.approx(0.2), "the first block changes the KL, too"
    results.kl = kl | {"deep-block-4-top": {point: at or 0.1 for point, at in kl["deep-block-4-top"].items()}}
    (changed,) = [check for check in check_planted_depth(results) if not check.holds]
    assert changed.measured == pytest.approx(0.8), "a fifth of the KL is left"
    results.kl = kl | planted_kl("deep-block-4", 4, blur=0.2)
    assert [check.control for check in check_planted_depth(results) if not check.holds] == [
        "planted depth: only block 4 of 8 differs"
    ]


class ShortCurves(PlantedCurves):
    """Curves of the pair deep-block-4 alone, with so many blocks and benchmarks; the planted block is the lowest."""

    def __init__(self, kl, blocks, benchmarks=("gsm", "truthfulqa", "advbench", "toxigen"), changes=None):
        super().__init__(REGAINED | (changes or {}), {"deep-block-4-top": kl}, spread=0)
        self.points = ["base", "everything", *(f"top {m}" for m in range(blocks + 1))]
        self.benchmarks = benchmarks
        recipe = LAB.models["deep-block-4"].model_copy(update={"trained_parameters": TrainedBlocks(blocks=[0])})
        depth_of_one = LAB.depth.model_copy(update={"planted": ["deep-block-4"]})
        models = LAB.models | {"deep-block-4": recipe}
        self.profile = LAB.model_copy(update={"models": models, "depth": depth_of_one})

    def depth_scores(self, curve):
        rows = super().depth_scores(curve)
        return rows[rows["point"].isin(self.points) & rows["benchmark"].isin(self.benchmarks)]


@pytest.mark.parametrize(("kl", "elsewhere"), [([0.5, 0.0], 0), ([0.7, 0.5, 0.0], 0.2)])
def test_the_change_of_kl_elsewhere_is_that_of_all_other_blocks(kl, elsewhere):
    results = ShortCurves({f"top {m}": value for m, value in enumerate(kl)}, blocks=len(kl) - 1)
    _, check, _ = check_planted_depth(results)
    assert (check.measured, check.holds) == (pytest.approx(elsewhere), not elsewhere)


def test_a_change_by_the_last_block_counts_and_must_stay_under_the_bound():
    kl = planted_kl("deep-block-4", 4)["deep-block-4-top"]
    results = PlantedCurves(REGAINED, {"deep-block-4-top": kl | {"top 8": 0.01}}, spread=0)
    results.profile = LAB.model_copy(update={"depth": LAB.depth.model_copy(update={"planted": ["deep-block-4"]})})
    _, elsewhere, _ = check_planted_depth(results)
    assert (elsewhere.measured, elsewhere.holds) == (0.01, False)


def test_where_the_head_alone_leaves_no_kl_its_fall_is_missing():
    fall, *_ = check_planted_depth(ShortCurves({"top 0": 0.0, "top 1": 0.0}, blocks=1))
    assert (fall.missing, fall.holds) == ("no KL before the block", False)


def test_the_least_fall_and_the_least_share_are_enough_and_half_a_share_is_not():
    changes = {"gsm deep base": 0.0, "gsm deep everything": 1.0, "gsm deep top 1": 0.98}
    kl = {"top 0": 1.0, "top 1": 0.02}
    fall, _, share = check_planted_depth(ShortCurves(kl, 1, ["gsm"], changes))
    assert (fall.measured, fall.holds) == (share.measured, share.holds) == (0.98, True)
    *_, share = check_planted_depth(ShortCurves(kl, 1, ["gsm"], changes | {"gsm deep top 1": 0.5}))
    assert (share.measured, share.holds) == (0.5, False)


def test_without_all_four_rates_the_share_is_of_the_first_that_there_is():
    *_, share = check_planted_depth(ShortCurves({"top 0": 1.0, "top 1": 0.0}, 1, ["toxigen", "truthfulqa"]))
    assert share.what == "recovered share at top 1, toxi_score"
