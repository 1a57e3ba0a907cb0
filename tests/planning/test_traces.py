"""What it takes to trace a pair, alone and after a pair with the same responses."""

import pytest

from superficial.planning.quantities import output_head_bytes, trace_positions, trace_row_bytes
from superficial.planning.traces import plan_traces
from tests.planning.profiles import PAPER


def test_a_trace_holds_every_position_and_both_output_heads():
    call = plan_traces(PAPER, "7b")
    positions = sum(trace_positions(PAPER, "7b"))
    assert call.tokens_written == pytest.approx(positions)
    rows = positions * trace_row_bytes(PAPER, "7b")
    assert call.disk_bytes == pytest.approx(rows + output_head_bytes(PAPER, "7b"))
    assert len(call.generations) == 2 * len(PAPER.pairs["7b"].benchmarks)


def test_a_pair_with_the_responses_of_an_earlier_one_generates_none():
    later = next(name for name in PAPER.pairs if PAPER.pair_with_same_responses(name))
    earlier = PAPER.pair_with_same_responses(later)
    assert plan_traces(PAPER, later).generations == ()
    assert plan_traces(PAPER, later).loaded_bytes < plan_traces(PAPER, earlier).loaded_bytes
    assert plan_traces(PAPER, later).tokens_read < plan_traces(PAPER, earlier).tokens_read
