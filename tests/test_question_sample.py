import pandas as pd
import pytest

from superficial.question_sample import some_of_each


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 10, 11])
def test_so_many_questions_of_each_benchmark_are_taken_or_all(count):
    questions = pd.DataFrame({"benchmark": ["gsm"] * 10 + ["mmlu"] * 3})

    taken = some_of_each(questions, count)

    assert taken["benchmark"].value_counts().to_dict() == {"gsm": min(count, 10), "mmlu": min(count, 3)}


def test_kinds_of_questions_are_taken_in_proportion_to_their_number():
    kinds = ["friendly"] * 30 + ["allowed"] * 60
    questions = pd.DataFrame({"benchmark": "over_refusal", "kind": kinds}, index=range(100, 190))

    assert some_of_each(questions, 9)["kind"].value_counts().to_dict() == {"friendly": 3, "allowed": 6}
