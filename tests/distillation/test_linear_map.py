"""The ridge maps against a direct solution of the regression."""

from dataclasses import replace

import pytest
import torch

from superficial.distillation.linear_map import best_map, linear_maps
from superficial.traces.trace import Trace

POSITIONS, WIDTH = 60, 5


def drawn_trace(aligned_width):
    generator = torch.Generator().manual_seed(0)
    scales = torch.tensor([10.0, 3.0, 1.0, 0.3, 0.0])
    base = torch.randn(POSITIONS, WIDTH, generator=generator) * scales
    numbers = torch.arange(POSITIONS)
    return Trace(numbers, numbers, numbers, base, torch.randn(POSITIONS, aligned_width, generator=generator))


@pytest.mark.parametrize("aligned_width", [WIDTH, 3])
def test_maps_solve_the_ridge_regression(aligned_width, monkeypatch):
    monkeypatch.setattr("superficial.distillation.linear_map._CHUNK", 7)
    trace = drawn_trace(aligned_width)
    maps = list(linear_maps(trace, torch.device("cpu")))
    base, aligned = trace.base_hidden.double(), trace.aligned_hidden.double()
    priors = [torch.zeros(aligned_width, WIDTH, dtype=torch.float64)]
    if aligned_width == WIDTH:
        priors.append(torch.eye(WIDTH, dtype=torch.float64))
    problems = [(ridge, prior) for ridge in (0.001, 0.01, 0.1, 1) for prior in priors]
    for found, (ridge, prior) in zip(maps, problems, strict=True):
        # Ridge regression on deviations from the prior, by further rows of the least squares.
        penalty = (ridge * base.square().sum(0).mean()).sqrt() * torch.eye(WIDTH, dtype=torch.float64)
        rows, targets = torch.cat([base, penalty]), torch.cat([aligned, penalty @ prior.T])
        expected = torch.linalg.lstsq(rows, targets).solution.T
        torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("width", [WIDTH, 300])
def test_of_equal_states_a_map_is_the_identity(width):
    trace = drawn_trace(width)
    same = replace(trace, base_hidden=trace.aligned_hidden)
    with_identity = list(linear_maps(same, torch.device("cpu")))[1::2]
    assert len(with_identity) == 4
    for linear_map in with_identity:
        torch.testing.assert_close(linear_map, torch.eye(width), atol=1e-6, rtol=0)


def test_the_best_map_predicts_the_states_of_other_positions():
    trace = drawn_trace(WIDTH)
    truth = torch.diag(torch.tensor([1.0, -1.0, 2.0, 0.5, 0.0]))
    validation = Trace(trace.prompt, trace.position, trace.token, trace.base_hidden, trace.base_hidden @ truth.T)
    others = [torch.eye(WIDTH), truth + 0.1, torch.zeros(WIDTH, WIDTH)]
    for number in range(4):
        maps = [*others[:number], truth, *others[number:]]
        assert best_map(maps, validation, torch.device("cpu")) is truth
