"""How much of everything a profile has, against the committed lists and against hand-computed cases."""

import pytest

from superficial.planning.quantities import (
    architecture_of,
    output_head_bytes,
    question_count,
    response_tokens,
    trace_positions,
    trace_row_bytes,
)
from superficial.sources.splits import paper_split_ids
from tests.planning.profiles import PAPER, REHEARSAL


def test_expected_counts_are_those_of_the_committed_lists():
    for questions in PAPER.sources["real"].questions.values():
        if questions.split_list:
            assert questions.expected.test == len(paper_split_ids(questions.split_list, "test"))
            if questions.train:
                assert questions.expected.train == len(paper_split_ids(questions.split_list, "train"))


def test_a_tuned_model_has_the_architecture_of_its_base():
    assert architecture_of(PAPER, "llama-7b-lima") == architecture_of(PAPER, "llama-7b")


def test_a_limit_lowers_the_number_of_questions():
    limited = [name for name, q in REHEARSAL.sources["real"].questions.items() if "test" in q.limit]
    assert limited, "the rehearsal limits its questions"
    for name in limited:
        questions = REHEARSAL.sources["real"].questions[name]
        assert question_count(REHEARSAL, "llama-7b", name, "test") == min(
            questions.limit["test"], questions.expected.test
        )


def test_the_traces_of_a_pair_hold_two_hidden_states_and_three_numbers_a_position():
    # Two hidden states of 4096 numbers of two bytes, three numbers of eight bytes.
    assert trace_row_bytes(PAPER, "7b") == 2 * 4096 * 2 + 24
    assert output_head_bytes(PAPER, "7b") == 2 * 32000 * 4096 * 4


def test_every_position_of_a_trace_is_in_one_split():
    positions, base = trace_positions(PAPER, "7b"), PAPER.pairs["7b"].base
    share = PAPER.sources["real"].validation_share
    train, test = (
        sum(
            question_count(PAPER, base, name, split) * response_tokens(PAPER, base, name)
            for name in PAPER.pairs["7b"].benchmarks
        )
        for split in ("train", "test")
    )
    assert positions.train + positions.validation == pytest.approx(train)
    assert positions.validation == pytest.approx(share * train)
    assert positions.test == test
