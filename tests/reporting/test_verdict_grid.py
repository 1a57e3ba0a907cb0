"""The grid of verdicts: what is published is shown, what is not is "not run"."""

import csv
import json
from pathlib import Path

import pytest

from repro.engine.paths import PAPER
from superficial.reporting.verdict_grid import VerdictCell, verdict_grid, verdicts_over_draws

CLAIMS = [
    {"id": "C1", "title": "one", "verdict": "reproduced", "guarded_verdict": "inconclusive"},
    {"id": "C2", "title": "two", "verdict": "inconclusive", "guarded_verdict": "inconclusive"},
]
HEADER = "claim,draws,holding,holding_guarded,verdict\n"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_what_was_not_published_is_not_run(tmp_path):
    (first, second) = verdict_grid(CLAIMS, "lab", tmp_path)
    assert first.cells == {
        "this run (lab)": VerdictCell("reproduced", ("guarded: inconclusive",)),
        "lab, over draws": VerdictCell("not run"),
        "pretrained weights": VerdictCell("not run"),
        "paper's scale": VerdictCell("not run"),
    }
    assert (second.claim, second.title, second.cells["this run (lab)"]) == ("C2", "two", VerdictCell("inconclusive"))


def test_the_verdict_over_draws_is_that_of_the_mean_with_the_number_of_draws(tmp_path):
    write(tmp_path / "draw-verdicts.csv", HEADER + "C1,10,6,3,reproduced\nC2,10,9,9,inconclusive\n")
    first, second = verdict_grid(CLAIMS, "lab", tmp_path)
    assert first.cells["lab, over draws"] == VerdictCell("reproduced", ("in 6 of 10 draws", "guarded: in 3 of 10"))
    assert second.cells["lab, over draws"] == VerdictCell("inconclusive", ("in 9 of 10 draws",))


def test_published_verdicts_of_pretrained_weights_are_shown(tmp_path):
    claims = [{"id": "C1", "verdict": "not reproduced", "guarded_verdict": "inconclusive"}]
    write(tmp_path / "pretrained-claims.json", json.dumps(claims))
    first, second = verdict_grid(CLAIMS, "lab", tmp_path)
    assert first.cells["pretrained weights"] == VerdictCell("not reproduced", ("guarded: inconclusive",))
    assert second.cells["pretrained weights"] == first.cells["paper's scale"] == VerdictCell("not run")
    write(tmp_path / "pretrained-draws" / "draw-verdicts.csv", HEADER + "C1,3,2,2,reproduced\nC2,3,0,0,inconclusive\n")
    first, second = verdict_grid(CLAIMS, "lab", tmp_path)
    of_draws = "over draws: reproduced, in 2 of 3 draws"
    assert first.cells["pretrained weights"].notes == ("guarded: inconclusive", of_draws)
    assert second.cells["pretrained weights"] == VerdictCell("not run", ("over draws: inconclusive, in 0 of 3 draws",))


def test_the_published_verdicts_of_the_profile_at_hand_are_left_out(tmp_path):
    write(tmp_path / "pretrained-claims.json", json.dumps([{"id": "C1", "verdict": "not reproduced"}]))
    first, _ = verdict_grid(CLAIMS, "pretrained", tmp_path)
    assert list(first.cells) == ["this run (pretrained)", "lab, over draws", "paper's scale"]
    assert first.cells["this run (pretrained)"].verdict == "reproduced"
    write(tmp_path / "pretrained-draws" / "draw-verdicts.csv", HEADER + "C1,3,2,2,reproduced\n")
    first, second = verdict_grid(CLAIMS, "pretrained", tmp_path)
    assert list(first.cells)[:2] == ["this run (pretrained)", "pretrained, over draws"]
    assert first.cells["pretrained, over draws"] == VerdictCell("reproduced", ("in 2 of 3 draws",))
    assert second.cells["pretrained, over draws"] == VerdictCell("not run")


def test_the_committed_verdicts_over_draws_are_those_of_the_grid():
    with (PAPER / "generated" / "draw-verdicts.csv").open(encoding="utf-8", newline="") as lines:
        committed = {row["claim"]: row["verdict"] for row in csv.DictReader(lines)}
    cells = verdicts_over_draws(PAPER / "generated" / "draw-verdicts.csv")
    assert {claim: cell.verdict for claim, cell in cells.items()} == committed


@pytest.mark.parametrize("column", HEADER.strip().split(","))
def test_a_table_of_draws_that_lacks_a_column_is_refused(tmp_path, column):
    write(tmp_path / "draw-verdicts.csv", HEADER.replace(column, "other") + "C1,1,1,1,reproduced\n")
    with pytest.raises(ValueError, match=rf"draw-verdicts\.csv has no column '{column}'"):
        verdicts_over_draws(tmp_path / "draw-verdicts.csv")
