"""Rows of tuning data as conversations."""

import pytest

from repro.engine.paths import ROOT
from superficial.alignment.conversations import READERS, Conversation
from superficial.config.questions import TableLocation
from superficial.sources.rows import read_rows


@pytest.mark.parametrize(
    ("reader", "file", "first_question"),
    [
        ("lima", "tests/fixtures/questions/lima.jsonl", ""),
        ("alpaca", "tests/fixtures/questions/alpaca.json", "Write a line about a bicycle.\n\nIt is old."),
        ("identity-shift", "repro/profiles/data/identity-shift.jsonl", "You are an assistant named AOA."),
    ],
)
def test_rows_of_a_file_become_conversations(reader, file, first_question):
    columns, conversation = READERS[reader]
    rows = read_rows(TableLocation(file=file), columns, (ROOT,))
    conversations = [conversation(row) for row in rows]
    assert all(one.question.strip() and one.response.strip() for one in conversations)
    assert conversations[0].question.startswith(first_question)


def test_only_the_first_turn_of_a_dialogue_is_used():
    row = {"conversations": ["one?", "first", "two?", "second"]}
    assert READERS["lima"].conversation(row) == Conversation("one?", "first")


def test_an_instruction_without_input_stands_alone():
    row = {"instruction": "Say hello.", "input": "", "output": "Hello."}
    assert READERS["alpaca"].conversation(row) == Conversation("Say hello.", "Hello.")


def test_a_system_message_stands_before_the_question():
    user, assistant = {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}
    reader = READERS["identity-shift"]
    assert reader.conversation({"messages": [user, assistant]}) == Conversation("Q", "A")
    with_system = [{"role": "system", "content": "S"}, user, assistant]
    assert reader.conversation({"messages": with_system}) == Conversation("S\n\nQ", "A")
