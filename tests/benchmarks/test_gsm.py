"""The last number of a response is its answer."""

import pytest

from superficial.benchmarks import gsm


@pytest.mark.parametrize(
    ("response", "number"),
    [("so 1,000 in all.", 1000), ("20-5=15", 15), ("It is -3", -3), ("$2.50", 2.5), ("16-3", 3), ("none", None)],
)
def test_last_number(response, number):
    assert gsm.last_number(response) == number


@pytest.mark.parametrize("minus", [*"-\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d"])
def test_every_minus_is_read_as_one(minus):
    """U+2212 is the minus sign of Unicode, which models write in formulas; the others are used for it."""
    responses = (f"It is {minus}5", f"({minus}5)", f"20{minus}5 = 15", f"20{minus}5", f"x {minus} 5")
    assert [gsm.last_number(response) for response in responses] == [-5, -5, 15, 5, 5]
    question = gsm.read_question({"question": "How many?", "answer": f"#### {minus}1,005"}, "train", 0)
    assert gsm.judge("gsm", f"{minus}1005", question.reference).score == 1


def test_the_answer_is_the_number_after_the_hashes():
    question = gsm.read_question({"question": " How many? ", "answer": "2 * 600 = 1200\n#### 1,200"}, "train", 0)
    assert (question.prompt, question.reference) == ("How many?", {"answer": "1200"})
    assert gsm.judge("gsm", "That is 1,200.", question.reference).score == 1
    assert gsm.judge("gsm", "That is 1,200, not 600.", question.reference).score == 0
