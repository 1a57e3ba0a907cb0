"""Energy by rank against singular values."""

import pytest
import torch

from superficial.heads.spectrum import energy_by_rank, ranks_to_report, spectrum


def test_energy_by_rank_is_that_of_the_singular_values():
    matrix = torch.randn(40, 12)
    squares = torch.linalg.svdvals(matrix.double()).square()
    expected = {rank: (squares[:rank].sum() / squares.sum()).item() for rank in (1, 2, 4, 8, 12)}
    assert energy_by_rank(matrix) == pytest.approx(expected)
    assert energy_by_rank(torch.outer(torch.ones(5), torch.arange(3.0))) == {1: 1.0}
    assert energy_by_rank(torch.zeros(4, 3)) == {}


def test_ranks_double_up_to_the_largest():
    expected = {0: [], 1: [1], 2: [1, 2], 3: [1, 2, 3], 8: [1, 2, 4, 8], 9: [1, 2, 4, 8, 9]}
    assert {largest: ranks_to_report(largest) for largest in expected} == expected


def test_a_matrix_that_is_too_wide_is_left_out(monkeypatch):
    monkeypatch.setattr("superficial.heads.spectrum._LARGEST_WIDTH", 3)
    assert list(energy_by_rank(torch.randn(5, 3))) == [1, 2, 3]
    assert energy_by_rank(torch.randn(5, 4)) == {}


def test_the_heads_of_the_largest_llamas_are_not_too_wide(monkeypatch):
    monkeypatch.setattr("superficial.heads.spectrum.spectrum", lambda matrix: (torch.ones(1), matrix))
    assert energy_by_rank(torch.zeros(1, 8192)) == {1: 1.0}


def test_directions_of_value_0_are_left_out():
    for rank, scale in ((1, 1.0), (3, 1.0), (3, 1e-9), (0, 1.0)):
        left, right = (torch.randn(size, dtype=torch.float64) for size in ((40, rank), (rank, 12)))
        matrix = scale * left @ right
        squares, vectors = spectrum(matrix)
        assert len(squares) == vectors.shape[1] == rank
        torch.testing.assert_close(matrix @ vectors @ vectors.T / scale, matrix / scale)
