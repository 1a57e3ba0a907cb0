"""Only the question of a row goes into the prompt; the best answer is for readers."""

from superficial.benchmarks import truthfulqa


def test_the_question_of_a_row():
    row = {"Category": "Law", "Question": " Who? ", "Best Answer": "Nobody"}
    row |= {"Correct Answers": "Nobody", "Incorrect Answers": "You"}
    question = truthfulqa.read_question(row, "test", 0)
    reference = {"best": "Nobody", "category": "Law", "right": ["Nobody"], "wrong": ["You"]}
    assert (question.prompt, question.reference) == ("Who?", reference)
