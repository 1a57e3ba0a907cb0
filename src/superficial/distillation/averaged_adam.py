"""Adam on batches of positions, with an average of its last points that validation positions judge.

Steps of one size in each entry train the rows of rare tokens as fast as those of frequent ones, and the average takes
out the noise of such steps. On many positions this is far cheaper than steps over all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.distillation.best import Best, Patience

# From some positions and a point to the gradient of the mean KL over them.
Gradient = Callable[[Int[Tensor, " position"], Float[Tensor, "..."]], Float[Tensor, "..."]]

# Of the positions, in a batch; and the smallest and the largest batch.
_SHARE, _SMALLEST, _LARGEST = 0.05, 125, 500
_DECAYS = (0.9, 0.999)
_EPSILON = 1e-8
# From one check to the next all positions are read, at least this many batches, and this many times as many positions
# as the check itself reads.
_FEWEST_STEPS = 48
_POSITIONS_PER_CHECKED = 2
_MOST_CHECKS = 60
# The average is a plain mean over the steps of the first this many checks; from then on old steps fade, as if each new
# one joined a mean of so many.
_AVERAGED_CHECKS = 4
# A rate ends at the first check that does not bring the KL lower by this share.
_SMALLEST_GAIN = 0.005
# Each rate starts at the best point so far. The first may be too large; once a rate has gained, the first that does not
# ends the search.
_RATES = (1.0, 1 / 4, 1 / 16, 1 / 64)


def search_by_batches(gradient: Gradient, positions: int, checked: int, rate: float, seed: int, best: Best) -> None:
    """Lower the mean KL from the best point on, at falling rates, until validation shows no gain.

    Args:
        gradient: of the mean KL.
        positions: how many there are to train on.
        checked: how many positions a check reads.
        rate: the change of each entry by one of the first steps.
        seed: of the order of the positions.
        best: measures the averages, and keeps the best.
    """
    batch_size = min(max(_SMALLEST, round(_SHARE * positions)), _LARGEST)
    batches = _batches(positions, batch_size, torch.Generator().manual_seed(seed))
    steps = max(_FEWEST_STEPS, math.ceil(max(positions, _POSITIONS_PER_CHECKED * checked) / batch_size))
    any_gain = False
    for share in _RATES:
        before = best.lowest
        _search_at_a_rate(gradient, batches, steps, share * rate, best)
        gain = best.lowest < before - _SMALLEST_GAIN * abs(before)
        if any_gain and not gain:
            return
        any_gain |= gain


def _batches(positions: int, batch_size: int, generator: torch.Generator) -> Iterator[Int[Tensor, " position"]]:
    while True:
        yield from torch.randperm(positions, generator=generator).tensor_split(math.ceil(positions / batch_size))


def _search_at_a_rate(
    gradient: Gradient, batches: Iterator[Int[Tensor, " position"]], steps: int, rate: float, best: Best
) -> None:
    """Take steps of Adam from the best point, with a check of their average each time that `steps` were taken."""
    point, average = best.point.clone(), best.point.clone()
    mean, square = torch.zeros_like(point), torch.zeros_like(point)
    patience = Patience(_SMALLEST_GAIN, checks=1)
    for step in range(1, _MOST_CHECKS * steps + 1):
        slope = gradient(next(batches), point)
        mean.lerp_(slope, 1 - _DECAYS[0])
        square.mul_(_DECAYS[1]).addcmul_(slope, slope, value=1 - _DECAYS[1])
        size = (square / (1 - _DECAYS[1] ** step)).sqrt_().add_(_EPSILON)
        point.addcdiv_(mean, size, value=-rate / (1 - _DECAYS[0] ** step))
        average.lerp_(point, 1 / min(step, _AVERAGED_CHECKS * steps))
        if step % steps == 0 and patience.is_over(best.offer(average)):
            return
