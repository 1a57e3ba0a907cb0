"""The grid of verdicts: what is published is shown, what is not is "not run"."""

import json

import pytest

from superficial.reporting.verdict_grid import MIXED, VerdictCell, verdict_grid, verdicts_over_draws

CLAIMS = [
    {"id": "C1", "title": "one", "verdict": "reproduced"},
    {"id": "C2", "title": "two", "verdict": "inconclusive"},
]


def test_what_was_not_published_is_not_run(tmp_path):
    (first, second) = verdict_grid(CLAIMS, "this run", tmp_path)
    assert {title: cell.text for title, cell in first.cells.items()} == {
        "this run": "reproduced",
        "lab, over draws": "not run",
        "pretrained weights": "not run",
        "paper's scale": "not run",
    }
    assert (second.claim, second.title, second.cells["this run"].kind) == ("C2", "two", "inconclusive")


def test_published_verdicts_are_shown(tmp_path):
    (tmp_path / "pretrained-claims.json").write_text(json.dumps([{"id": "C1", "verdict": "not reproduced"}]))
    (tmp_path / "draws.csv").write_text(
        "claim,draw,estimate,low,high,verdict\n"
        "C1,101,0.1,0,1,reproduced\nC1,102,0.1,0,1,inconclusive\nC2,101,0,0,0,reproduced\nC2,102,0,0,0,reproduced\n"
    )
    first, second = verdict_grid(CLAIMS, "this run", tmp_path)
    assert first.cells["pretrained weights"] == VerdictCell("not reproduced", "not reproduced")
    assert second.cells["pretrained weights"].text == "not run"
    assert first.cells["lab, over draws"] == VerdictCell("in 1 of 2 draws", MIXED)
    assert second.cells["lab, over draws"] == VerdictCell("in 2 of 2 draws", "reproduced")


def test_a_table_of_draws_without_verdicts_is_refused(tmp_path):
    (tmp_path / "draws.csv").write_text("claim,draw\nC1,1\n")
    with pytest.raises(ValueError, match=r"draws\.csv has no column 'verdict'"):
        verdicts_over_draws(tmp_path / "draws.csv")
