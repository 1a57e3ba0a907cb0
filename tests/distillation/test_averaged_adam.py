"""Adam with averages on least squares, whose minimum is known, and against a plain loop of torch's Adam."""

from math import ceil, inf

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


class LeastSquares:
    """The same problem in float64, of any number of positions, its error times a scale; it counts its gradients."""

    def __init__(self, scale: float) -> None:
        self.gradients, self.scale = 0, scale

    def gradient(self, positions, point):
        self.gradients += 1
        inputs, targets = INPUTS[positions % 1200].double(), TARGETS[positions % 1200].double()
        return inputs.T @ (inputs @ point - targets) / len(positions)

    def error(self, point) -> float:
        return self.scale * (INPUTS.double() @ point - TARGETS.double()).square().mean().item()


def plain_search(problem, positions, checked, rate, seed):
    """Every point that is checked: means of the last points of torch's Adam, at falling rates from the best one."""
    generator = torch.Generator().manual_seed(seed)
    batches: list[torch.Tensor] = []
    size = min(500, max(125, round(positions / 20)))
    steps = max(48, ceil(positions / size), ceil(2 * checked / size))
    tried = [torch.zeros(3, dtype=torch.float64)]
    any_gain = False
    for divisor in (1, 4, 16, 64):
        best = min(tried, key=problem.error)
        point, average = best.clone(), torch.zeros(3, dtype=torch.float64)
        adam = torch.optim.Adam([point], lr=rate / divisor)
        lowest, taken = inf, 0
        for _ in range(60):
            for _ in range(steps):
                batches = batches or list(torch.randperm(positions, generator=generator).chunk(ceil(positions / size)))
                point.grad = problem.gradient(batches.pop(0), point)
                adam.step()
                taken += 1
                average = average + (point - average) / min(taken, 4 * steps)
            tried.append(average)
            if problem.error(average) >= lowest - 0.005 * problem.error(average):
                break
            lowest = problem.error(average)
        gain = min(map(problem.error, tried)) < 0.995 * problem.error(best)
        if any_gain and not gain:
            break
        any_gain = any_gain or gain
    return tried


# At the smallest rate only the largest number of checks ends the first search. A gain is a share of the error, whatever
# its scale.
@pytest.mark.parametrize(
    ("positions", "checked", "rate", "scale"),
    [
        (250, 100, 0.03, 1.0),
        (250, 4000, 3.0, 1.0),
        # Batches of a twentieth, and of 500: 63 of them, since 62 are not quite enough.
        (4020, 100, 0.03, 1.0),
        (31059, 1000, 0.03, 1.0),
        (250, 100, 1e-4, 1.0),
        (250, 100, 0.03, 1e-3),
    ],
)
def test_it_checks_the_points_that_a_plain_loop_of_adam_checks(positions, checked, rate, scale):
    plain, problem, offered = LeastSquares(scale), LeastSquares(scale), []

    def measured(point) -> float:
        offered.append(point.clone())
        return problem.error(point)

    expected = plain_search(plain, positions, checked, rate, seed=4)
    search_by_batches(
        problem.gradient, positions, checked, rate, 4, Best(measured, torch.zeros(3, dtype=torch.float64))
    )
    assert problem.gradients == plain.gradients
    torch.testing.assert_close(torch.stack(offered), torch.stack(expected), atol=1e-9, rtol=1e-6)


def test_after_just_the_smallest_gain_a_quarter_of_the_rate_is_tried_three_times():
    """A fall of just the smallest gain does not count; if it did, the search would end after the second rate."""
    offered: list[torch.Tensor] = []

    def measure(point) -> float:
        offered.append(point.clone())
        return 1.0 if len(offered) == 1 else 0.995

    best = Best(measure, torch.zeros(1, dtype=torch.float64))
    search_by_batches(lambda _, point: torch.ones_like(point), 1200, 100, 0.1, 0, best)
    # The start, and two checks at each rate; every rate after the first begins at the first point that was checked.
    assert len(offered) == 1 + 2 * 4
    moved = torch.cat([offered[1], *(point - offered[1] for point in offered[3::2])])
    torch.testing.assert_close((moved / moved[0]).tolist(), [4.0**-number for number in range(4)])
