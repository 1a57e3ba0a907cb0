"""The first letter that stands alone is the answer."""

import pytest

from superficial.benchmarks import mmlu


@pytest.mark.parametrize(("response", "score"), [("B. Paris", 1), ("Answer: B", 1), ("A", 0), ("none", 0)])
def test_judge(response, score):
    assert mmlu.judge("mmlu", response, {"answer": "B"}).score == score


def test_choices_are_lettered_below_the_question():
    row = {"question": "Where? ", "subject": "geography", "choices": ["Rome", "Paris", "Bonn", "Oslo"], "answer": 1}
    question = mmlu.read_question(row, "test", 0)
    assert question.prompt == "Where?\nA. Rome\nB. Paris\nC. Bonn\nD. Oslo"
    assert question.reference["answer"] == "B"
