"""Tables of scores hold each value with its interval, its change from the paper's base, and what was not judged."""

import re

import pandas as pd
import pytest

from superficial.artifacts import SCORES
from superficial.reporting.table import write_table
from superficial.reporting.tables.scores import base_of, scores_table
from tests.reporting.claims.worlds import Planted
from tests.reporting.means import plant_gap, planted_means


def test_values_published_values_and_changes_from_the_papers_base(central):
    table = scores_table(central, "table1").data.set_index(["variant", "measure"])
    assert table.loc[("Small", "gsm"), "value"] == pytest.approx(0.2)
    assert table.loc[("Small-Chat", "gsm"), "published"] == pytest.approx(0.230)
    assert table.loc[("Small+Superficial", "harm_score"), "value"] == 1
    assert table.loc[("Small-Chat", "gsm"), "base"] == base_of(central, "table1", "Small-Chat") == "Small"
    assert table.loc[("Small-Chat", "gsm"), "change"] == pytest.approx(0.6)
    assert table.loc[("Small-Chat", "gsm"), "change_low"] < 0.6 < table.loc[("Small-Chat", "gsm"), "change_high"]
    assert table.loc[("Small", "gsm")].isna()["change"]


def test_what_is_shown_is_the_data_in_words(central):
    table = scores_table(central, "table1")
    shown = table.shown.set_index("variant")
    assert shown.loc["Small-Chat", "paper's row"] == "7B-Chat"
    assert re.fullmatch(r"0\.800 \[0\.7\d\d, 0\.8\d\d\] \(\+0\.600\)", shown.loc["Small-Chat", "GSM ↑"])
    assert re.fullmatch(r"1\.00 \[1\.00, 1\.\d\d\] \(-4\.00\)", shown.loc["Small-Chat", "HarmScore ↓"])
    judges = {row["measure"]: row["judge"] for row in table.data.to_dict("records")}
    assert judges["gsm"] == "an oracle"
    assert "GSM an oracle" in table.caption and "Garbled" not in table.caption.partition("Judged by")[2]


def test_every_judge_is_named_in_the_caption(tmp_path):
    results = planted_means(tmp_path)
    file = tmp_path / SCORES.of(variant="Small+Superficial", benchmark="gsm")
    pd.read_parquet(file).assign(judge="verifier").to_parquet(file)
    assert "Judged by: GSM verifier; ToxiScore an oracle;" in scores_table(results, "table1").caption


def test_a_change_is_from_the_base_of_the_same_size_in_whatever_order_rows_stand():
    results = Planted()
    rows = results.profile.tables["table1"].rows
    for order in (rows, rows[::-1]):
        tables = {"table1": results.profile.tables["table1"].model_copy(update={"rows": order})}
        results.profile = results.profile.model_copy(update={"tables": tables})
        bases = [base_of(results, "table1", variant) for variant in ("Small-Chat", "Large-Chat", "Small")]
        assert bases == ["Small", "Large", None]


def test_garbled_responses_stand_beside_the_numbers_of_their_own_benchmark(tmp_path):
    garbled = {"Small+Superficial": {"advbench": 0.25, "capitals": 1.0}}
    results = planted_means(tmp_path, garbled=garbled)
    table = scores_table(results, "table1")
    data = table.data.set_index(["variant", "measure"]).loc["Small+Superficial"]
    assert data["garbled"].to_dict() == {
        "gsm": 0, "toxi_score": 0, "harm_rate": 0.25, "harm_score": 0.25, "refused": 0.25, "complied": 0.25,
        "neither": 0.25, "info_true": 0, "over_refusal": 0,
    }  # fmt: skip
    assert data.loc["harm_rate", "garbled_low"] == pytest.approx(0.175, abs=1e-3)
    # Garbled responses are neither safe nor harmful, whatever HarmRate says of them.
    assert data["value"][["harm_rate", "refused", "complied", "neither"]].tolist() == [0, 0.75, 0, 0.25]
    shown = table.shown.set_index("variant").loc["Small+Superficial"]
    for column in ("HarmRate ↓", "Complied ↓"):
        assert re.search(r"\], garbled 0\.250( |$)", shown[column]), shown[column]
    assert "garbled" not in shown["GSM ↑"]
    tables = {"garbled": results.profile.tables["table1"].model_copy(update={"measures": ["garbled"]})}
    results.profile = results.profile.model_copy(update={"tables": tables})
    alone = scores_table(results, "garbled").shown.set_index("variant")
    (cell,) = alone.filter(like="Garbled").loc["Small+Superficial"]
    # All of one benchmark and a quarter of another, of seven.
    assert cell.startswith(f"{1.25 / 7:.3f} [") and "garbled" not in cell


def test_a_variant_that_was_not_judged_is_a_gap_in_all_three_files(tmp_path):
    results = planted_means(tmp_path)
    plant_gap(tmp_path, "Small", "gsm")
    plant_gap(tmp_path, "Small-Chat", "toxigen", questions=99)
    write_table(scores_table(results, "table1"), tmp_path, "table1")
    csv = pd.read_csv(tmp_path / "table1.csv").set_index(["variant", "measure"])
    assert (csv.loc[("Small", "gsm"), "n"], csv.loc[("Small", "gsm"), "not_judged"]) == (0, 100)
    for form, separator in (("md", " | "), ("tex", " & ")):
        lines = (tmp_path / f"table1.{form}").read_text().splitlines()
        base, aligned, student = (
            next(line.strip("| ") for line in lines if line.strip("| ").startswith(f"{name}{separator}"))
            for name in ("Small", "Small-Chat", "Small+Superficial")
        )
        assert base.split(separator)[2] == "not judged"
        assert aligned.split(separator)[2].endswith("(not judged)"), "a change from a base that was not judged"
        assert ", 1 of 100 judged" in aligned.split(separator)[3]
        assert "nan" not in base + aligned + student
