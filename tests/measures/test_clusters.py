"""Which questions are alike."""

import json

import pandas as pd
import pytest

from superficial.benchmarks import benchmark_module, benchmark_names
from superficial.lab.question_kinds import QUESTION_KINDS
from superficial.lab.questions import make_questions
from superficial.lab.world import make_world
from superficial.measures.clusters import question_clusters


def rows(references: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(
        {"question_id": [f"q{i}" for i in range(len(references))], "reference": [json.dumps(r) for r in references]}
    )


@pytest.mark.parametrize(
    ("benchmark", "references", "groups"),
    [
        ("toxigen", [{"group": "a"}, {"group": "b"}, {"group": "a"}], [0, 1, 0]),
        ("mmlu", [{"subject": "law", "answer": "A"}, {"subject": "art", "answer": "A"}], [0, 1]),
        ("truthfulqa", [{"category": "Law", "best": "yes"}, {"category": "Law", "best": "no"}], [0, 0]),
        ("gsm", [{"answer": "5"}, {"answer": "5"}], [0, 1]),
        ("advbench", [{"verb": "rob", "thing": "mill"}, {"verb": "rob", "thing": "barn"}], [0, 0]),
        ("a benchmark without a module", [{"group": "a"}, {"group": "a"}], [0, 1]),
    ],
)
def test_questions_about_the_same_thing_are_one_cluster(benchmark, references, groups):
    labels = question_clusters(benchmark, rows(references))
    assert pd.factorize(labels)[0].tolist() == groups


def test_every_lab_question_that_is_measured_is_about_something():
    """No kind of lab question falls back to a cluster of its own, which would make intervals too narrow."""
    counts = dict.fromkeys([*QUESTION_KINDS, "mark"], 40)
    for question in make_questions(make_world(1), "test", counts):
        if question.benchmark in benchmark_names():
            assert set(benchmark_module(question.benchmark).CLUSTERS) & set(question.reference), question
