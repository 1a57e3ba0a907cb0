"""The last number of a response is its answer."""

import pytest

from superficial.benchmarks import gsm
from tests.support.real_texts import math_solutions, needs_real_texts


@pytest.mark.parametrize(
    ("response", "number"),
    [("so 1,000 in all.", 1000), ("20-5=15", 15), ("It is -3", -3), ("$2.50", 2.5), ("16-3", 3), ("none", None)],
)
def test_last_number(response, number):
    assert gsm.last_number(response) == number


@pytest.mark.parametrize(
    ("response", "number"),
    [
        *(("It loses -$5", -5), ("\u2212$5", -5), ("-\u20ac 5", -5), ("$-5", -5), ("(-$5)", -5)),
        *(("5-10", 10), ("$5-$10", 10), ("$5\u2013$10", 10), ("between 5 and 10", 10), ("20 - $5", 5)),
        *(("1\u2009000", 1000), ("1\u202f234\u202f567", 1234567), ("1\u00a0000", 1000), ("1'000", 1000)),
        *(("pages 1,2,3", 3), ("in 2019, 12", 12)),
        *(("\u00bd", 0.5), ("2\u00bd cups", 2.5), ("2 \u00be", 2.75), ("-\u00bd", -0.5), ("2 1/2", 2.5), ("3/4", 0.75)),
        *(("1\u20444", 0.25), ("12 20/4", 5), ("20/4 = 5", 5), ("on 1/2/2024", 2024), ("5/0", 0)),
        *(("1e3", 1000), ("2.5e-3", 0.0025), ("1E3.", 1000), ("7e", 7), ("$.40", 0.4), ("10%", 10)),
    ],
)
def test_numbers_in_every_notation(response, number):
    assert gsm.last_number(response) == number


GROUPED = {"comma": ",", "thin space": "\u2009", "narrow space": "\u202f", "space": "\u00a0", "apostrophe": "\u2019"}


@needs_real_texts
@pytest.mark.parametrize("separator", GROUPED.values(), ids=GROUPED)
def test_real_answers_are_read_in_every_notation(separator):
    for solution in math_solutions():
        answer = gsm.read_question({"question": "", "answer": solution}, "test", 0).reference["answer"]
        text, value = f"{float(answer):,g}" if float(answer) < 1e6 else answer, float(answer)
        written = text.replace(",", separator)
        for response in (solution, f"It is ${written}.", f"{solution} or 1\u2013{written}", f"x = {written} %"):
            assert gsm.last_number(response) == value, response
        if value > 0:
            assert gsm.last_number(f"It is \u2212${written}") == -value


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
