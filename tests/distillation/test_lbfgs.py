"""L-BFGS against scipy's minimiser and against dense matrices, and its line search where steps are far too long."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, rosen, rosen_der

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


def dense_lbfgs(start, first_step, steps):
    """Every point at which Rosenbrock's function is evaluated: the inverse curvature of ten pairs as a whole matrix."""
    point, pairs, evaluated = start, [], [start]
    unit = np.eye(len(start))
    for _ in range(steps):
        value, gradient = rosen(point), rosen_der(point)
        inverse = first_step / np.linalg.norm(gradient) * unit
        if pairs:
            change, gradient_change = pairs[-1]
            inverse = change @ gradient_change / (gradient_change @ gradient_change) * unit
        for change, gradient_change in pairs[-10:]:
            left = unit - np.outer(change, gradient_change) / (change @ gradient_change)
            inverse = left @ inverse @ left.T + np.outer(change, change) / (change @ gradient_change)
        direction, length = -inverse @ gradient, 1.0
        slope = gradient @ direction
        evaluated.append(point + direction)
        while rosen(evaluated[-1]) > value + 1e-4 * length * slope:
            # The parabola with the value and slope here, and the value there.
            lowest = -slope * length**2 / (2 * (rosen(evaluated[-1]) - value - slope * length))
            length = np.clip(lowest, 0.1 * length, 0.5 * length)
            evaluated.append(point + length * direction)
        moved = evaluated[-1]
        change, gradient_change = moved - point, rosen_der(moved) - gradient
        if change @ gradient_change > 1e-10 * gradient_change @ gradient_change:
            pairs.append((change, gradient_change))
        point = moved
    return evaluated


@pytest.mark.parametrize("first_step", [0.01, 3.0])
def test_every_step_is_that_of_dense_matrices(first_step):
    start, evaluated = np.random.default_rng(0).uniform(-1, 2, 16), []

    def function(point):
        evaluated.append(point.numpy().copy())
        return rosen(point.numpy()), torch.from_numpy(rosen_der(point.numpy()))

    expected = dense_lbfgs(start, first_step, steps=24)
    assert len(expected) > 25, "some steps are shortened"
    points = checked(function, torch.from_numpy(start), first_step, checks=6)
    np.testing.assert_allclose(evaluated, expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(points[-1], expected[-1], rtol=1e-6)


def test_where_every_step_leads_up_it_tries_shorter_ones_and_hands_over_its_start():
    """The gradient points the wrong way: the parabola of each step ends at a quarter of it, down to a millionth."""
    evaluated = []

    def function(point):
        evaluated.append(point.item())
        return -point.item(), torch.ones(1, dtype=torch.float64)

    points = checked(function, torch.zeros(1, dtype=torch.float64), first_step=2.0)
    assert evaluated == [0.0, *(-2.0 / 4**number for number in range(10))]
    assert [point.item() for point in points] == [0.0]


def test_where_the_pairs_mislead_it_begins_anew_downhill():
    """A slope of hardly any curvature ends at a wall: what the pairs promise lies beyond, even a millionth of it."""
    evaluated, curvature, slope = [], 1e-9, 2

    def function(point):
        x = point.item()
        evaluated.append(x)
        value = curvature * x**2 / 2 - slope * x if x < 10 else float("inf")
        return value, torch.tensor([curvature * x - slope], dtype=torch.float64)

    (point,) = checked(function, torch.zeros(1, dtype=torch.float64), first_step=0.25, checks=1)
    too_far = [slope * 10.0 ** (9 - number) for number in range(7)]
    expected = [0.0, 0.25, *too_far, 0.5, *too_far, 0.75, *too_far, 1.0]
    assert evaluated == pytest.approx(expected, rel=1e-2)
    assert point.item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("first_values", "first_points"),
    [
        ([-5e-5], [1.0]),
        # A whole and a half step bring a little, but not enough; the parabola ends just beyond half of each.
        ([-2e-5, -1e-5, -1.25e-5], [1.0, 0.5, 0.25]),
    ],
)
def test_a_step_that_reaches_just_the_needed_share_of_the_promised_decrease_is_taken(first_values, first_points):
    """A unit of length promises a decrease of 1/2, of which a ten-thousandth is needed."""
    values, evaluated = iter([0.0, *first_values, -1.0, -2.0, -3.0]), []

    def function(point):
        evaluated.append(point.item())
        return next(values), torch.full((1,), -0.5, dtype=torch.float64)

    checked(function, torch.zeros(1, dtype=torch.float64), first_step=1.0, checks=1)
    assert evaluated == [0.0, *first_points, *(first_points[-1] + number for number in (1, 2, 3))]


def test_a_step_that_leads_up_by_less_than_that_share_is_shortened_to_the_end_of_its_parabola():
    values, evaluated = iter([0.0, 5e-5, -1.0, -2.0, -3.0, -4.0]), []

    def function(point):
        evaluated.append(point.item())
        return next(values), -torch.ones(1, dtype=torch.float64)

    checked(function, torch.zeros(1, dtype=torch.float64), first_step=1.0, checks=1)
    assert evaluated[:3] == pytest.approx([0.0, 1.0, 1 / (2 * (1 + 5e-5))])


@pytest.mark.parametrize(("slope", "first_step"), [(1.0, 0.0), (float("nan"), 1.0)])
def test_without_a_direction_that_leads_down_it_hands_over_its_start_at_once(slope, first_step):
    evaluated = []

    def function(point):
        evaluated.append(point.item())
        return slope * point.item(), torch.full((1,), slope, dtype=torch.float64)

    points = checked(function, torch.zeros(1, dtype=torch.float64), first_step)
    assert evaluated == [0.0] and [point.item() for point in points] == [0.0]
