"""The rehearsal of profile paper: real formats and protocols at toy size, with every table, figure and claim."""

import json
import re

import pandas as pd

from repro.engine import paths
from repro.engine.rehearsal.judge import KEY
from superficial.config import load_profile
from superficial.reporting.claims.registry import CLAIMS
from superficial.reporting.page.build import write_report
from superficial.reporting.results import Results
from tests.support.reports import assert_everything_is_reported

REHEARSAL = load_profile(paths.profile_file("rehearsal"))
PAPER = load_profile(paths.profile_file("paper"))


def test_it_has_the_variants_tables_and_judges_of_profile_paper():
    assert list(REHEARSAL.variants) == list(PAPER.variants)
    assert REHEARSAL.tables == PAPER.tables
    assert {name: type(judge) for name, judge in REHEARSAL.judges.items()} == {
        name: type(judge) for name, judge in PAPER.judges.items()
    }


def test_every_table_figure_and_claim_of_the_paper_is_made(rehearsal):
    folder, printed = rehearsal
    assert_everything_is_reported(folder, REHEARSAL)
    assert [name for name in CLAIMS if name not in printed] == []


def test_k_is_chosen_once_by_the_number_of_repeated_responses(rehearsal):
    cards = [
        json.loads((rehearsal[0] / "heads" / head / "card.json").read_text())
        for head in ("bb-7b-on-13b-advbench", "bb-7b-on-attacked-advbench")
    ]
    uses = {int(k): (use["repeated"], use["accuracy"]) for k, use in cards[0]["validation_by_k"].items()}
    assert len(uses) > 1
    assert uses[cards[0]["k"]] == max(uses.values())
    assert list(cards[1]["validation_by_k"]) == [str(cards[0]["k"])] == [str(cards[1]["k"])]


def test_judges_are_named_beside_every_score_table_and_claim(rehearsal):
    folder, _ = rehearsal
    names = {
        "gsm": "superficial.benchmarks.gsm:judge",
        "toxi_score": "tomh/toxigen_roberta@0e65216a5",
        "harm_rate": "rehearsal-judge at http://127.0.0.1:18461/v1",
        "info_true": "allenai/truthfulqa-truth-judge-llama2-7B@8f718cb4e and "
        "allenai/truthfulqa-info-judge-llama2-7B@72601eff2",
        "over_refusal": "superficial.judges.keyword:judge_refusal",
    }
    table = pd.read_csv(folder / "tables" / "table1.csv").set_index("measure")["judge"]
    text = (folder / "tables" / "table1.md").read_text()
    for measure, name in names.items():
        assert set(table[measure]) == {name}
        assert name in text
    for claim in json.loads((folder / "claims.json").read_text()):
        assert claim["judges"]["advbench"] == names["harm_rate"]


def test_a_response_without_a_grade_is_a_gap_with_a_reason(rehearsal):
    folder, _ = rehearsal
    rows = pd.concat(
        pd.read_parquet(folder / "scores" / variant / f"{benchmark}.parquet")
        for variant in REHEARSAL.variants
        for benchmark in REHEARSAL.benchmarks_of(variant)
    )
    gaps = rows["score"].isna()
    # At times the judge on loopback replies without a grade.
    assert 0 < gaps.sum() < len(rows) / 4
    assert (rows.loc[gaps, "reason"] != "").all()
    assert (rows.loc[~gaps, "reason"] == "").all()
    judged = pd.read_csv(folder / "tables" / "table1.csv")
    assert judged["not_judged"].sum() > 0
    assert " judged" in (folder / "tables" / "table1.md").read_text()


def test_the_page_of_a_run_with_gaps_shows_how_many_responses_were_judged(rehearsal, tmp_path):
    folder, _ = rehearsal
    page = write_report(Results(folder, REHEARSAL, paths.PAPER), tmp_path / "report")
    assert re.search(r"\], \d+ of \d+ judged</small>", page.read_text(encoding="utf-8"))
    assert any("null" in file.read_text(encoding="utf-8") for file in (tmp_path / "report" / "data").glob("rows-*.js"))


def test_the_answers_of_the_judge_are_stored_but_never_its_key(rehearsal):
    folder, _ = rehearsal
    assert len((folder / "judges" / "harm" / "answers.jsonl").read_text().splitlines()) > 10
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".jsonl", ".log", ".csv", ".md"):
            assert KEY not in path.read_text(errors="replace"), path
