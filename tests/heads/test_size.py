"""Heads made smaller, against slow references."""

import pytest
import torch

from superficial.heads.residual import ResidualHead
from superficial.heads.size import in_int8, of_rank, of_rows, second_moments, whole
from superficial.traces.trace import Trace


@pytest.fixture
def head():
    return ResidualHead(torch.randn(30, 8))


def trace(hidden):
    count = torch.arange(len(hidden))
    return Trace(count, count, count, hidden, hidden)


def test_second_moments_are_the_mean_outer_product():
    hidden = torch.randn(50, 8)
    expected = sum(torch.outer(row, row) for row in hidden.double()) / 50
    torch.testing.assert_close(second_moments(trace(hidden)), expected)


def test_a_rank_is_the_best_of_its_rank_on_the_states(head):
    # States that hardly use some directions: the nearest matrix is then not the best one.
    hidden = torch.randn(400, 8) * torch.tensor([5.0, 3, 1, 1, 0.5, 0.1, 0.1, 0.1])
    moments = second_moments(trace(hidden))
    for rank in (1, 3):
        small = of_rank(head, rank, moments)
        assert torch.linalg.matrix_rank(small.head.delta.double(), rtol=1e-5) == rank
        error = (hidden @ (head.delta - small.head.delta).T).square().sum()
        # Eckart-Young on the logits themselves.
        singular = torch.linalg.svdvals((hidden @ head.delta.T).double())
        assert error.item() == pytest.approx(singular[rank:].square().sum().item(), rel=1e-4)
        plain = (hidden @ (head.delta - head.truncated(rank).delta).T).square().sum()
        assert error < plain
    torch.testing.assert_close(of_rank(head, 8, moments).head.delta, head.delta, rtol=1e-4, atol=1e-4)


def test_small_states_of_a_single_direction_need_a_single_rank(head):
    moments = torch.zeros(8, 8, dtype=torch.float64)
    moments[5, 5] = 1e-12
    small = of_rank(head, 1, moments).head
    torch.testing.assert_close(small.delta[:, 5], head.delta[:, 5], rtol=1e-3, atol=1e-3)
    assert small.delta.isfinite().all()


def test_rows_are_kept_or_zero(head):
    small = of_rows(head, torch.tensor([2, 5]), "two")
    assert torch.equal(small.head.delta[[2, 5]], head.delta[[2, 5]])
    assert small.head.delta.count_nonzero() == 16


def test_int8_rounds_each_row_to_127_steps(head):
    small = in_int8(whole(head), 30)
    step = head.delta.abs().amax(1, keepdim=True) / 127
    assert ((small.head.delta - head.delta).abs() <= step / 2 + 1e-6).all()
    steps = small.head.delta / step
    torch.testing.assert_close(steps, steps.round(), atol=1e-3, rtol=0)
    empty = in_int8(of_rows(head, torch.tensor([1]), "one"), 1)
    assert not empty.head.delta[0].any()


def test_sizes_are_those_of_the_numbers_that_are_stored(head):
    moments, tokens = torch.eye(8, dtype=torch.float64), torch.tensor([2, 5])
    assert whole(head).size_bytes == 4 * 30 * 8
    assert of_rank(head, 3, moments).size_bytes == 4 * 3 * (30 + 8)
    assert of_rows(head, tokens, "two").size_bytes == 2 * (4 * 8 + 4)
    assert in_int8(whole(head), 30).size_bytes == 30 * (8 + 4)
    assert in_int8(of_rows(head, tokens, "two"), 2).size_bytes == 2 * (8 + 4 + 4)


def test_a_smaller_head_is_named_after_what_was_done_to_it(head):
    two = of_rows(head, torch.tensor([2, 5]), "two")
    made = [whole(head), in_int8(whole(head), 30), two, in_int8(two, 2), of_rank(head, 3, torch.eye(8).double())]
    assert [each.name for each in made] == ["full", "int8", "two", "two, int8", "rank 3"]
