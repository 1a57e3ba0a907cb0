"""The last number of a response is its answer."""

import pytest

from superficial.benchmarks import gsm


@pytest.mark.parametrize(
    ("response", "number"),
    [("so 1,000 in all.", 1000), ("20-5=15", 15), ("It is -3", -3), ("$2.50", 2.5), ("16-3", 3), ("none", None)],
)
def test_last_number(response, number):
    assert gsm.last_number(response) == number


def test_the_answer_is_the_number_after_the_hashes():
    question = gsm.read_question({"question": " How many? ", "answer": "2 * 600 = 1200\n#### 1,200"}, "train", 0)
    assert (question.prompt, question.reference) == ("How many?", {"answer": "1200"})
    assert gsm.judge("gsm", "That is 1,200.", question.reference).score == 1
    assert gsm.judge("gsm", "That is 1,200, not 600.", question.reference).score == 0
