"""The letter that a response names is the answer."""

import pytest

from superficial.benchmarks import mmlu
from tests.support.real_texts import best_answers, needs_real_texts


@pytest.mark.parametrize(("response", "score"), [("B. Paris", 1), ("Answer: B", 1), ("A", 0), ("none", 0)])
def test_judge(response, score):
    assert mmlu.judge("mmlu", response, {"answer": "B"}).score == score


def test_choices_are_lettered_below_the_question():
    row = {"question": "Where? ", "subject": "geography", "choices": ["Rome", "Paris", "Bonn", "Oslo"], "answer": 1}
    question = mmlu.read_question(row, "test", 0)
    assert question.prompt == "Where?\nA. Rome\nB. Paris\nC. Bonn\nD. Oslo"
    assert question.reference["answer"] == "B"


@pytest.mark.parametrize(
    ("response", "letter"),
    [
        *(("A good answer is C", "C"), ("A Roman built it, so B", "B"), ("A's answer is B", "B"), ("A cat", None)),
        *(("(C) Rome", "C"), ("**D**", "D"), ("A. A dog", "A"), ("A: Rome", "A"), ("A", "A"), ("A\nParis", "A")),
        *(
            ("The correct answer is (b)", "B"),
            ("Answer: A Paris", "A"),
            ("I choose A", "A"),
            ("Option A is right", "A"),
        ),
        *(("The answer is a cat", None), ("Correct choice: D", "D"), ('The best answer is "C"', "C"), ("Paris", None)),
        *(("Of the four, C is best", "C"), ("An answer is option D", "D"), ("A, because", "A")),
    ],
)
def test_the_letter_that_a_response_names(response, letter):
    assert mmlu.chosen_letter(response) == letter


@needs_real_texts
@pytest.mark.parametrize(
    ("form", "most_wrong"),
    [
        *(("{letter}. {text}", 0), ("({letter}) {text}", 0), ("**{letter}.** {text}", 0), ("{letter}: {text}", 0)),
        *(("The answer is {letter}: {text}", 0), ("{text}\nAnswer: {letter}", 0.02), ("{text} So {letter}.", 0.05)),
        ("I think that option {letter} is right. {text}", 0.02),
    ],
)
def test_the_letter_beside_real_answers(form, most_wrong):
    texts = best_answers()
    wrong = [
        letter
        for text in texts
        for letter in "ABCD"
        if mmlu.chosen_letter(form.format(letter=letter, text=text)) != letter
    ]
    assert len(wrong) <= most_wrong * 4 * len(texts)


@needs_real_texts
def test_real_answers_without_a_letter_name_none():
    texts = best_answers()
    assert sum(mmlu.chosen_letter(text) is not None for text in texts) <= 0.02 * len(texts)
