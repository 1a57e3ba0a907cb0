"""A judge that is a function of this package."""

import json

import pandas as pd

from superficial.config.judges import FunctionJudge
from superficial.judges import Judgement
from superficial.judges.functions import make_judge

NAME = "superficial.benchmarks.mmlu:judge"


def test_the_function_gets_the_response_and_the_reference_of_each_row(tmp_path):
    references = [json.dumps({"answer": answer}) for answer in "AB"]
    rows = pd.DataFrame({"benchmark": "mmlu", "response": ["A. Yes", "A. Yes"], "reference": references})
    judge = make_judge(FunctionJudge(kind="function", function=NAME), tmp_path, rows)
    assert judge.identity == NAME
    assert judge.judge(rows) == [Judgement(1.0, False, False), Judgement(0.0, False, False)]
