"""Neighbouring methods beside the heads of the same models: what they recover, and what they cost."""

import json
import re

import pandas as pd
import pytest

from superficial.config import Comparison
from superficial.reporting.recovery import comparison_share
from superficial.reporting.results import Results
from superficial.reporting.tables.neighbours import method_cost, neighbour_rows, neighbours_table
from tests.reporting.means import LAB, LAB_MEANS, planted_means

COST = {
    "chosen": "layer 2",
    "extra_parameters": 1500,
    "passes": 1.25,
    "tokens_per_second": 90.0,
    "tokens_per_second_alone": 120.0,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("neighbours")
    means = LAB_MEANS | {
        "Large+proxy": {"gsm": 0.65},
        "Small-Chat-Attacked": {"advbench": 5},
        "Small-Chat-Attacked+proxy": {"advbench": 1},
    }
    results = planted_means(folder, means, profile=LAB)
    (folder / "neighbours").mkdir()
    for variant in LAB.neighbours():
        (folder / "neighbours" / f"{variant}.json").write_text(json.dumps(COST))
    for head in LAB.heads:
        (folder / "heads" / head / "inspect.json").write_text(json.dumps({"shape": [60 if head == "qwen" else 40, 12]}))
    return results


@pytest.fixture(scope="module")
def table(results):
    return neighbours_table(results)


def test_every_method_has_a_row_beside_the_heads_of_its_model(table):
    variants = set(table.data["variant"])
    assert set(LAB.neighbours()) <= variants
    assert {"Large+Superficial", "Small-Chat-Attacked+Superficial-BB"} <= variants
    assert not [name for name in variants if "Control" in name]
    assert set(table.data.set_index("variant").loc[["Large+Superficial", "Large+proxy"], "of"]) == {"Large"}


def test_rows_are_grouped_by_the_base_and_compared_with_its_own_aligned_model():
    rows = [(row.variants.base, row.variants.aligned, row.variant) for row in neighbour_rows(LAB)]
    groups = {"Small": "Small-Chat", "Large": "Large-Chat", "Small-Chat-Attacked": "Small-Chat"}
    on_small = ["Small+Superficial", "Small+Superficial-BB-Small"]
    assert list(dict.fromkeys((base, aligned) for base, aligned, _ in rows)) == list(groups.items())
    assert [variant for base, _, variant in rows if base == "Small"][:2] == on_small
    heads = {variant for _, _, variant in rows} - set(LAB.neighbours())
    assert heads == {
        *on_small,
        *("Large+Superficial", "Large+Superficial-BB-Small", "Large+Superficial-BB-Several"),
        *("Small-Chat-Attacked+Superficial-BB", "Small-Chat-Attacked+Superficial-BB-Several"),
    }


def test_a_head_that_is_compared_with_another_base_or_aligned_model_has_no_row():
    others = [
        Comparison(base="Mistral", aligned="Small-Chat", student="Mistral+Superficial"),
        Comparison(base="Small", aligned="Mistral-Instruct", student="Qwen+Superficial"),
        Comparison(base="Small", aligned="Small-Chat-General", student="Small-Chat-General+Superficial-BB"),
    ]
    changed = LAB.model_copy(update={"recovery": LAB.recovery | {"others": others}})
    assert neighbour_rows(changed) == neighbour_rows(LAB)


def test_the_share_is_that_of_the_gap_between_base_and_aligned_model(table):
    data = table.data.set_index("variant")
    # From 0.2 to 0.65 of a gap from 0.2 to 0.8.
    assert data.loc["Large+proxy", "gsm_value"] == pytest.approx(0.75)
    assert data.loc["Large+Superficial", "gsm_value"] == pytest.approx(0.5)
    # Of an attack: the share that is undone.
    assert data.loc["Small-Chat-Attacked+proxy", "harm_rate_value"] == pytest.approx(1)
    assert pd.isna(data.loc["Small-Chat-Attacked+proxy", "gsm_value"])


def test_the_interval_of_a_heads_share_is_that_of_the_table_of_shares(table, results):
    share = comparison_share(results, LAB.transfer_comparison, "gsm")
    row = table.data.set_index("variant").loc["Large+Superficial-BB-Small"]
    assert row[["gsm_low", "gsm_high"]].tolist() == [share.low, share.high]


def test_a_set_of_heads_costs_the_numbers_of_its_first_head(results):
    variant = LAB.variants["Large+Superficial"].model_copy(update={"head": "both"})
    sets = {"head_sets": {"both": {"gsm": "small", "advbench": "qwen"}}}
    profile = LAB.model_copy(update=sets | {"variants": LAB.variants | {"Large+Superficial": variant}})
    planted = Results(results.folder, profile, results.paper)
    assert method_cost(planted, "Large+Superficial")["extra_parameters"] == 40 * 12


def test_the_cost_is_that_of_the_method_or_the_numbers_of_the_head(table):
    data, shown = table.data.set_index("variant"), table.shown.set_index("variant")
    assert {name: data.loc["Large+proxy", name] for name in COST} == COST
    assert data.loc["Large+Superficial", "extra_parameters"] == 40 * 12
    assert data.loc["Large+Superficial-BB-Small", "chosen"] == "k 10"
    assert list(shown.loc["Large+proxy"].tail(5)) == ["layer 2", "1,500", "1.25", "90", "120"]
    assert list(shown.loc["Large+Superficial"].tail(3)) == ["1.00", "-", "-"]


def test_shares_and_guards_are_shown_with_two_decimals(table):
    shown = table.shown.set_index("variant").loc["Large+proxy"]
    assert shown["GSM"].startswith("0.75 [") and shown["Refused"].startswith("0.00 [")
    for cell in shown[["GSM", "ToxiScore", "HarmRate", "Info+True", "Refused", "Over-refusal", "Garbled"]]:
        assert cell == "-" or re.fullmatch(r"-?\d+\.\d\d \[-?\d+\.\d\d, -?\d+\.\d\d\]|no gap", cell), cell


def test_a_head_that_several_bases_taught_stands_beside_the_papers_head_on_the_same_model():
    by_variant = {row.variant: row.variants for row in neighbour_rows(LAB)}
    taught = {name: of for name, of in by_variant.items() if name.endswith("Several")}
    assert {name: (of.base, of.aligned) for name, of in taught.items()} == {
        "Large+Superficial-BB-Several": ("Large", "Large-Chat"),
        "Small-Chat-Attacked+Superficial-BB-Several": ("Small-Chat-Attacked", "Small-Chat"),
    }
    papers = ("Large+Superficial-BB-Small", "Small-Chat-Attacked+Superficial-BB")
    for name, of in taught.items():
        assert any((by_variant[paper].base, by_variant[paper].aligned) == (of.base, of.aligned) for paper in papers), (
            name
        )
    without = LAB.model_copy(update={"several_bases": None})
    assert not [row for row in neighbour_rows(without) if row.variant in taught]
