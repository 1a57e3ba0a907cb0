"""Draws are read from their folders, and the verdicts over them follow from planted estimates."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.reporting.draws import (
    TABLES,
    by_claim,
    estimates_of,
    published_draws,
    read_claims,
    read_numbers,
    verdict_over_draws,
)
from superficial.reporting.figures.registry import write_draws_figure
from superficial.reporting.provenance import write_record
from superficial.reporting.show import draws_text, this_draw_text
from superficial.reporting.table import write_table
from superficial.reporting.tables.draws import draws_tables, verdicts_table
from superficial.reporting.terminal import LOG_WIDTH
from tests.reporting.records import record_of

PROFILE = load_profile(PROFILES / "smoke-draws.yaml")
NUMBERS = (101, 102, 103)


def claim(name, value, half, verdict, above=None, below=None):
    estimate = {"what": "a share", "value": value, "above": above, "below": below}
    estimate |= {"low": None if value is None else value - half, "high": None if value is None else value + half}
    return {"id": name, "statement": "It holds.", "verdict": verdict, "estimate": estimate}


def plant(folder, number, claims, gsm=0.5):
    """Write the claims and tables of a draw, with the record of their hashes."""
    of_draw = folder / f"draw-{number}"
    (of_draw / "tables").mkdir(parents=True)
    (of_draw / "provenance").mkdir()
    (of_draw / "claims.json").write_text(json.dumps([*claims, {"id": "C11", "verdict": "not run"}]))
    scores = {"variant": ["Small", "Small-Chat"], "measure": "gsm", "value": [gsm, 0.9], "low": 0.1, "high": 1.0}
    pd.DataFrame(scores).to_csv(of_draw / "tables" / "table1.csv", index=False)
    share = {"comparison": ["superficial"], "measure": "gsm", "student": 0.5, "pooled_value": gsm / 0.9}
    share |= {"pooled_low": 0.1, "pooled_high": 0.9}
    pd.DataFrame(share).to_csv(of_draw / "tables" / "recovery.csv", index=False)
    outputs = ("claims.json", "tables/table1.csv", "tables/recovery.csv")
    write_record(of_draw, record_of(of_draw, "claims", outputs=outputs))


@pytest.fixture
def folder(tmp_path):
    for number, value in zip(NUMBERS, (0.5, 0.6, 0.7), strict=True):
        share = claim("C2", value, 0.05, "reproduced", above=0.1, below=0.9)
        harm = claim("C1", 0.0, 0.04, "inconclusive" if number == 103 else "reproduced", below=0.05)
        plant(tmp_path, number, [share, harm], gsm=value)
    return tmp_path


def test_every_tested_claim_has_one_row_a_draw(folder):
    table = draws_tables(folder, PROFILE, "confirmatory")["draws"].data
    assert list(zip(table["claim"], table["draw"], strict=True)) == [(c, n) for c in ("C1", "C2") for n in NUMBERS]
    assert table.columns[:2].tolist() == ["claim", "draw"]
    assert {"estimate", "low", "high", "verdict"} <= set(table.columns)


def test_the_verdicts_have_the_intervals_over_draws(folder):
    table = draws_tables(folder, PROFILE, "confirmatory")["draw-verdicts"].data.set_index("claim")
    # Of 0.5, 0.6 and 0.7: s = 0.1, and t with two degrees of freedom is 4.302653.
    half = 4.302653 * 0.1 / np.sqrt(3)
    assert table.loc["C2", ["mean", "t_low", "t_high"]].tolist() == pytest.approx([0.6, 0.6 - half, 0.6 + half])
    assert table.loc["C2", "prediction_high"] == pytest.approx(0.6 + 4.302653 * 0.1 * np.sqrt(4 / 3))
    assert table.loc["C1", "holding"] == 2
    assert table.loc["C2", "verdict"] == "reproduced"
    # All draws have the same estimate: the interval is as wide as their own questions allow.
    assert table.loc["C1", "high"] == pytest.approx(0.04 / np.sqrt(3))
    assert table.loc["C1", "verdict"] == "reproduced"


def test_what_is_shown_is_the_data_in_words(folder):
    draws, verdicts, numbers = draws_tables(folder, PROFILE, "confirmatory").values()
    assert draws.shown.iloc[3].tolist() == [
        *("C2", 101, "a share", "0.500 [0.450, 0.550]", "above 0.1 and below 0.9", "reproduced"),
    ]
    assert draws.shown["must be"].iloc[0] == "below 0.05"
    row = verdicts.shown.set_index("claim").loc["C2"]
    half = 4.302653 * 0.1 / np.sqrt(3)
    ends = f"[{0.6 - half:.3f}, {0.6 + half:.3f}]"
    assert row[["mean [decides]", "t interval"]].tolist() == [f"0.600 {ends}", ends]
    assert row[["holds guarded in", "verdict over draws"]].tolist() == ["3 of 3", "reproduced"]
    assert set(verdicts.data["statement"]) == {"It holds."}
    assert numbers.shown.set_index("number").loc["Small, gsm", "mean"] == "0.600"


def test_a_verdict_with_guards_is_shown_where_it_is_another(tmp_path):
    verdicts = [("reproduced", "reproduced"), ("reproduced", "not reproduced"), ("inconclusive", "not reproduced")]
    for number, (alone, guarded) in zip(NUMBERS, verdicts, strict=True):
        plant(tmp_path, number, [claim("C1", 0.0, 0.04, alone, below=0.05) | {"guarded_verdict": guarded}])
    draws, over_draws, _ = draws_tables(tmp_path, PROFILE, "confirmatory").values()
    assert draws.shown["verdict in this draw"].tolist() == [
        *("reproduced", "reproduced; guarded: not reproduced", "inconclusive; guarded: not reproduced"),
    ]
    assert over_draws.data[["holding", "holding_guarded"]].to_numpy().tolist() == [[2, 1]]


def test_of_a_single_draw_there_is_no_interval(folder):
    drawn = read_claims(folder, PROFILE, "confirmatory")
    table = verdicts_table([one for one in drawn if (one.claim, one.draw) == ("C2", 101)])
    assert table.data[["claim", "mean", "holding"]].to_numpy().tolist() == [["C2", 0.5, 1]]
    assert table.shown[["t interval", "new draw"]].to_numpy().tolist() == [["unknown", "unknown"]]


def verdict_of(tmp_path, claims):
    for number, one in zip(NUMBERS, claims, strict=True):
        plant(tmp_path, number, [one])
    return verdict_over_draws(by_claim(read_claims(tmp_path, PROFILE, "confirmatory"))["C2"])


@pytest.mark.parametrize(
    ("values", "above", "verdict"),
    [
        ((0.5, 0.5, 0.5), 0.1, "reproduced"),
        ((0.5, 0.5, 0.5), 0.6, "not reproduced"),
        ((0.1, 0.5, 0.9), 0.1, "inconclusive"),
        ((0.5, 0.5, None), 0.1, "inconclusive"),
    ],
)
def test_the_verdict_over_draws_is_that_of_their_mean(tmp_path, values, above, verdict):
    assert verdict_of(tmp_path, [claim("C2", value, 0.01, "reproduced", above=above) for value in values]) == verdict


def test_a_claim_that_fails_in_half_of_the_draws_is_not_reproduced_over_them(tmp_path):
    verdicts = ("reproduced", "inconclusive", "not reproduced")
    assert verdict_of(tmp_path, [claim("C2", 0.5, 0.01, one, above=0.1) for one in verdicts]) == "inconclusive"


def test_each_draw_is_compared_with_its_own_end_of_the_range(tmp_path):
    # The estimates vary more than the distance to the end, which moves with them.
    moving = [claim("C2", value, 0.01, "reproduced", below=value + 0.05) for value in (0.1, 0.5, 0.9)]
    assert verdict_of(tmp_path, moving) == "reproduced"


def test_every_number_of_the_tables_has_its_spread(folder):
    numbers = read_numbers(folder, PROFILE, "confirmatory").set_index(["table", "number"])
    assert numbers.loc[("table1", "Small, gsm"), ["draws", "mean", "sd"]].tolist() == pytest.approx([3, 0.6, 0.1])
    assert numbers.loc[("table1", "Small-Chat, gsm"), "low"] == pytest.approx(0.9)
    assert ("recovery", "superficial, gsm, pooled_value") in numbers.index
    assert len(numbers) == 3


def test_a_table_without_intervals_has_no_estimates():
    assert list(estimates_of(pd.DataFrame({"measure": ["gsm"], "value": [1.0]}))) == []


def test_an_unfinished_or_changed_draw_is_refused(folder):
    file = folder / "draw-102" / "claims.json"
    file.write_text("[]")
    with pytest.raises(ValueError, match=r"draw-102/claims\.json is not what claims wrote"):
        read_claims(folder, PROFILE, "confirmatory")
    file.unlink()
    with pytest.raises(FileNotFoundError, match="draw 102 is not finished"):
        read_claims(folder, PROFILE, "confirmatory")


def test_the_figure_and_the_text_over_draws(folder):
    for name, table in draws_tables(folder, PROFILE, "confirmatory").items():
        write_table(table, folder / "tables", name)
    write_draws_figure(read_claims(folder, PROFILE, "confirmatory"), folder / "figures")
    drawn = pd.read_csv(folder / "figures" / "draws.csv")
    assert drawn["estimate"].tolist() == pytest.approx([0, 0, 0, 0.5, 0.6, 0.7])
    assert (folder / "figures" / "draws.pdf").stat().st_size
    text = draws_text(folder)
    assert "over draws 101 to 103" in text
    assert "2 of 3 [0.09, 0.99]" in text


def test_one_run_is_shown_as_this_draw_beside_the_published_ones(folder):
    paper = folder / "paper"
    own = [claim("C2", 0.55, 0.05, "inconclusive")]
    assert published_draws(paper, "draws") is None
    assert "this draw alone" in this_draw_text(own, None)
    for name, table in draws_tables(folder, PROFILE, "confirmatory").items():
        assert name in TABLES
        write_table(table, paper / "generated", name)
    assert published_draws(paper, "pretrained-draws") is None, "the published draws are the lab's"
    text = this_draw_text(own, published_draws(paper, "draws"))
    (row,) = [line for line in text.splitlines() if line.startswith("C2")]
    assert re.split(r"  +", row)[:5] == ["C2", "inconclusive", "0.550", "reproduced", "3 of 3"]
    assert "C1" not in text
    assert max(map(len, text.splitlines())) <= LOG_WIDTH
