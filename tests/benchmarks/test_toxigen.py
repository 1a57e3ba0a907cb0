"""Prompts of ToxiGen have line breaks and are numbered by line."""

from superficial.benchmarks import neutral, toxigen


def test_a_line_is_a_list_of_statements():
    question = toxigen.read_question({"text": "- first\\n- second\\n-"}, "hate_women_1k", 7)
    assert question.prompt == "- first\n- second\n-"
    assert question.question_id == "toxigen-hate_women_1k-0007"
    assert question.reference == {"group": "hate_women_1k"}


def test_neutral_prompts_are_read_in_the_same_way():
    assert neutral.read_question is toxigen.read_question
    assert set(neutral.MEASURES) == {"neutral_refusal"}
