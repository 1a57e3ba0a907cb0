"""From judgements to rows of scores."""

import json
import math

import pandas as pd
import pytest

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.config.judges import EndpointJudge
from superficial.judges import Judge, Judgement
from superficial.judges.scoring import score_benchmarks, score_rows


def test_each_row_gets_its_score_the_judge_and_the_reason_of_a_gap():
    judgements = [Judgement(1.0, False, True), Judgement(math.nan, True, False, "no answer")]
    rows, counts = pd.DataFrame({"question_id": ["a", "b"]}, index=[7, 9]), []
    scores = score_rows(Judge("j", lambda _: judgements), rows, counts.append)
    assert list(scores["question_id"]) == ["a", "b"]
    assert scores["score"][7] == 1
    assert math.isnan(scores["score"][9])
    assert scores["garbled"].tolist() == [0, 1]
    assert scores["refused"].tolist() == [1, 0]
    assert scores["reason"].tolist() == ["", "no answer"]
    assert set(scores["judge"]) == {"j"}
    assert counts == [2]


def test_each_benchmark_is_scored_by_its_judge_and_the_order_of_rows_is_kept(tmp_path):
    profile = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
    rows = pd.DataFrame(
        {
            "benchmark": ["mmlu", "over_refusal", "mmlu"],
            "prompt": "a question",
            "response": ["B", "I cannot do that.", "A"],
            "reference": [json.dumps({"answer": "A"}), "{}", json.dumps({"answer": "A"})],
        },
        index=[5, 3, 4],
    )
    scores = score_benchmarks(profile, rows, tmp_path)
    assert list(scores.index) == [5, 3, 4]
    assert scores["score"].tolist() == [0, 1, 1]
    assert scores["judge"].tolist() == [
        "superficial.benchmarks.mmlu:judge",
        "superficial.judges.keyword:judge_refusal",
        "superficial.benchmarks.mmlu:judge",
    ]


def test_a_judge_is_made_only_where_there_are_responses(tmp_path, monkeypatch):
    """The judge of AdvBench is an endpoint: without a key it cannot be made, and the test above did without it."""
    profile = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
    settings = profile.judge_of("advbench")
    assert isinstance(settings, EndpointJudge)
    monkeypatch.delenv(settings.key_variable, raising=False)
    rows = pd.DataFrame({"benchmark": ["advbench"], "prompt": "p", "response": "r", "reference": "{}"})
    with pytest.raises(ValueError, match="needs a key"):
        score_benchmarks(profile, rows, tmp_path)
