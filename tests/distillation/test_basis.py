"""Bases of hidden states against plain products of all of them."""

import torch

from superficial.distillation.basis import leading_directions, principal_directions, second_moments, whitening
from superficial.traces.sharded_rows import ShardedRows


def correlated_states() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(500, 6, dtype=torch.float64) @ torch.diag(torch.tensor([9.0, 5, 2, 1, 0.5, 0.4]).double())


def test_moments_of_chunks_are_those_of_all_states(monkeypatch):
    monkeypatch.setattr("superficial.distillation.basis._CHUNK", 64)
    states = correlated_states()
    basis = torch.randn(6, 6, dtype=torch.float64)
    rows = ShardedRows([states[:100], states[100:]])
    torch.testing.assert_close(second_moments(rows, states), states.T @ states)
    turned = states @ basis
    torch.testing.assert_close(second_moments(rows, states, basis), turned.T @ turned)


def test_whitened_states_vary_alike_in_every_direction():
    states = correlated_states()
    covariance = states.T @ states / len(states)
    whitened = states @ whitening(covariance)
    variance, _ = principal_directions(whitened.T @ whitened / len(states))
    # The ridge of 1 % of the mean variance shrinks the weakest directions.
    assert variance.max() / variance.min() < 2.5 < principal_directions(covariance)[0].max() / 4
    assert variance.max() <= covariance.diagonal().mean()


def test_leading_directions_keep_most_of_the_variance():
    states = correlated_states()
    directions = leading_directions(states.T @ states, 2)
    torch.testing.assert_close(directions @ directions.T, torch.eye(2, dtype=torch.float64))
    values = torch.linalg.svdvals(states)
    torch.testing.assert_close(torch.linalg.norm(states @ directions.T), values[:2].square().sum().sqrt())
