"""L-BFGS with a backtracking line search, which hands its point to a check every few steps."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

# Pairs of a step and its change of gradient that stand for the curvature.
_MEMORY = 10
# The validation KL is measured after this many steps.
STEPS_PER_CHECK = 4
# Armijo: the share of the decrease promised by the gradient that a step must reach.
_SUFFICIENT = 1e-4
_SMALLEST_STEP = 1e-6
# A pair that shows less curvature than this tells nothing but rounding.
_SMALLEST_CURVATURE = 1e-10

# From a point to the value and the gradient there.
Function = Callable[[Float[Tensor, "..."]], tuple[float, Float[Tensor, "..."]]]


def minimise_lbfgs(
    function: Function,
    start: Float[Tensor, ...],
    first_step: float,
    checks: int,
    check: Callable[[Float[Tensor, ...]], bool],
) -> None:
    """Minimise a smooth function from a start; the checks see the way, and keep what they want of it.

    Args:
        function: returns the value and the gradient.
        start: where to begin; not changed.
        first_step: the length of the first step, before anything is known of the curvature.
        checks: how often to check at most.
        check: called every `STEPS_PER_CHECK` steps, and where no step leads further down; True ends the search.
    """
    point, (value, gradient) = start, function(start)
    pairs: deque[tuple[Tensor, Tensor, float]] = deque(maxlen=_MEMORY)
    for step in range(1, checks * STEPS_PER_CHECK + 1):
        norm = gradient.norm().item()
        if norm == 0:
            return
        found = _line_search(function, point, value, gradient, _direction(gradient, pairs, first_step / norm))
        if found is None and pairs:
            # The pairs mislead; begin anew, downhill.
            pairs.clear()
            found = _line_search(function, point, value, gradient, gradient * (-first_step / norm))
        if found is None:
            check(point)
            return
        moved, value, new_gradient = found
        change, gradient_change = moved - point, new_gradient - gradient
        curvature = _dot(change, gradient_change)
        if curvature > _SMALLEST_CURVATURE * _dot(gradient_change, gradient_change):
            pairs.append((change, gradient_change, curvature))
        point, gradient = moved, new_gradient
        if step % STEPS_PER_CHECK == 0 and check(point):
            return


def _direction(gradient: Tensor, pairs: deque[tuple[Tensor, Tensor, float]], scale: float) -> Tensor:
    """Return minus the inverse curvature of the pairs times the gradient (the two-loop recursion)."""
    direction, shares = gradient.clone(), []
    for change, gradient_change, curvature in reversed(pairs):
        shares.append(_dot(change, direction) / curvature)
        direction.sub_(gradient_change, alpha=shares[-1])
    if pairs:
        _, gradient_change, curvature = pairs[-1]
        scale = curvature / _dot(gradient_change, gradient_change)
    direction.mul_(scale)
    for (change, gradient_change, curvature), share in zip(pairs, reversed(shares), strict=True):
        direction.add_(change, alpha=share - _dot(gradient_change, direction) / curvature)
    return direction.neg_()


def _line_search(
    function: Function, point: Tensor, value: float, gradient: Tensor, direction: Tensor
) -> tuple[Tensor, float, Tensor] | None:
    """Return the first point along a direction that is far enough down, with value and gradient; None: there is none.

    A step that is too long is shortened to the minimum of the parabola through what is known.
    """
    slope, length = _dot(gradient, direction), 1.0
    while slope < 0 and length >= _SMALLEST_STEP:
        moved = point.add(direction, alpha=length)
        new_value, new_gradient = function(moved)
        if new_value <= value + _SUFFICIENT * length * slope:
            return moved, new_value, new_gradient
        # Where the function overflows, there is no parabola.
        lowest = -slope * length**2 / (2 * (new_value - value - slope * length)) if math.isfinite(new_value) else 0.0
        length = min(max(lowest, 0.1 * length), 0.5 * length)
    return None


def _dot(left: Tensor, right: Tensor) -> float:
    return torch.dot(left.flatten(), right.flatten()).item()
