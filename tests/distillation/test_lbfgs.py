"""L-BFGS against scipy's minimiser, and its line search where the first step is far too long."""

import pytest
import torch
from scipy.optimize import minimize

from superficial.distillation.lbfgs import minimise_lbfgs

SCALES = torch.tensor([1.0, 3.0, 10.0, 30.0], dtype=torch.float64)
START = torch.zeros(2, 2, dtype=torch.float64)


def badly_scaled(point):
    """A smooth convex function: sum of log cosh s (x - 1), a little coupled."""
    distance = SCALES.view(2, 2) * (point - 1) + 0.3 * (point - 1).sum()
    value = distance.cosh().log().sum().item()
    slope = distance.tanh()
    return value, SCALES.view(2, 2) * slope + 0.3 * slope.sum()


def checked(function, start, first_step, checks=100, stop_after=None):
    points = []

    def check(point):
        points.append(point.clone())
        return len(points) == stop_after

    minimise_lbfgs(function, start, first_step, checks, check)
    return points


@pytest.mark.parametrize("first_step", [1e-3, 1.0, 100.0])
def test_it_ends_at_the_minimum_whatever_its_first_step(first_step):
    def flat(values):
        value, gradient = badly_scaled(torch.from_numpy(values).view(2, 2))
        return value, gradient.flatten().numpy()

    expected = minimize(flat, START.flatten().numpy(), jac=True, method="L-BFGS-B", options={"ftol": 1e-15})
    # Gradient descent would take hundreds of steps.
    points = checked(badly_scaled, START, first_step, checks=10)
    torch.testing.assert_close(points[-1].flatten(), torch.from_numpy(expected.x), atol=1e-5, rtol=0)
    assert torch.equal(START, torch.zeros(2, 2))


def test_a_step_to_where_the_function_is_not_a_number_is_shortened():
    def function(point):
        return (point - point.log()).sum().item(), 1 - 1 / point

    points = checked(function, torch.tensor([3.0, 2.0]), first_step=100.0)
    torch.testing.assert_close(points[-1], torch.ones(2), atol=1e-3, rtol=0)


def test_a_check_ends_the_search():
    assert len(checked(badly_scaled, START, 1e-2, stop_after=2)) == 2
    assert len(checked(badly_scaled, START, 1e-2, checks=3)) == 3


def test_at_a_minimum_there_is_nothing_to_do():
    assert not checked(badly_scaled, torch.ones(2, 2, dtype=torch.float64), 1e-2)
