"""Shares on a depth curve, what only works together, and planted depths, on planted scores."""

import numpy as np
import pandas as pd
import pytest

from superficial.config import Profile
from superficial.reporting import depth
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


def planted_kl(pair, block, blur=0.0):
    before, after = {f"top {m}": 0.5 for m in range(8 - block)}, {f"top {m}": 0.0 for m in range(8 - block, 9)}
    return {f"{pair}-top": before | after | {f"top {8 - block - 1}": 0.5 - blur}}


def test_planted_depths_are_found_where_the_curve_jumps():
    kl = {}
    for pair in LAB.depth.planted:
        kl |= planted_kl(pair, int(pair[-1]))
    # All rates are regained with the planted block; those of `Planted` are regained with all blocks alone.
    regained = {
        f"{what} deep top {m}": at
        for m in range(1, 9)
        for what, at in {"gsm": 0.8, "toxigen": 0.05, "harm": 0.05, "truthfulqa": 0.85}.items()
    }
    results = PlantedCurves(regained, kl, spread=0)
    checks = check_planted_depth(results)
    assert len(checks) == 9
    assert all("planted" in check.control for check in checks)
    assert [check.what for check in checks if not check.holds] == []
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
