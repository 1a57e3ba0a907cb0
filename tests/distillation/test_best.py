"""The best point is a copy of the lowest, and a search ends after checks in a row without gain."""

import pytest
import torch

from superficial.distillation.best import Best, Patience


def test_the_best_point_is_that_of_the_lowest_kl():
    best = Best(lambda point: point.square().sum().item(), torch.tensor([2.0]))
    assert (best.kl, best.lowest, best.point.item()) == ([4.0], 4.0, 2.0)
    point = torch.tensor([-1.0])
    assert best.offer(point) == 1.0
    assert best.offer(torch.tensor([1.0])) == 1.0
    assert best.offer(torch.tensor([3.0])) == 9.0
    point += 5
    assert (best.kl, best.lowest, best.point.item()) == ([4.0, 1.0, 1.0, 9.0], 1.0, -1.0), "the first of equal ones"


@pytest.mark.parametrize(
    ("checks", "kls", "over"),
    [
        (1, [1.0, 0.9, 0.9], [False, False, True]),
        (2, [1.0, 0.95, 0.8, 0.85, 0.8], [False, False, False, False, True]),
        (2, [1.0, 0.96, 0.96], [False, False, True]),
        # A fall by just the share, here of the new KL, does not count.
        (1, [21.0, 20.0], [False, True]),
        # Each is 4 % below the one before: the second of them is more than 5 % below the lowest that counted.
        (2, [1.0, 0.96, 0.92, 0.9, 0.9], [False, False, False, False, True]),
        (2, [-1.0, -1.02, -1.2, -1.2, -1.2], [False, False, False, False, True]),
    ],
)
def test_patience_ends_after_so_many_checks_in_a_row_without_gain(checks, kls, over):
    patience = Patience(0.05, checks)
    assert [patience.is_over(kl) for kl in kls] == over
