"""Adam with averages on least squares, whose minimum is known."""

import pytest
import torch

from superficial.distillation.averaged_adam import search_by_batches
from superficial.distillation.best import Best

GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(1200, 3, generator=GENERATOR) * torch.tensor([3.0, 1.0, 0.3])
TARGETS = INPUTS @ torch.tensor([0.5, -1.0, 2.0]) + 0.1 * torch.randn(1200, generator=GENERATOR)


def gradient(positions, point):
    inputs = INPUTS[positions]
    return inputs.T @ (inputs @ point - TARGETS[positions]) / len(positions)


def error(point):
    return (INPUTS @ point - TARGETS).square().mean().item()


@pytest.mark.parametrize("rate", [0.03, 30.0])
def test_it_comes_near_the_minimum_also_where_the_first_rate_is_too_large(rate):
    least = torch.linalg.lstsq(INPUTS, TARGETS[:, None]).solution.squeeze(1)
    best = Best(error, torch.zeros(3))
    search_by_batches(gradient, 1200, 1200, rate, 0, best)
    assert best.lowest < error(least) + 0.02 * error(torch.zeros(3))


def test_it_repeats_for_a_seed_and_leaves_its_start():
    start = torch.zeros(3)
    points = []
    for seed in (1, 1, 2):
        best = Best(error, start)
        search_by_batches(gradient, 1200, 100, 0.1, seed, best)
        points.append(best.point)
    assert torch.equal(points[0], points[1]) and not torch.equal(points[0], points[2])
    assert not start.any()
