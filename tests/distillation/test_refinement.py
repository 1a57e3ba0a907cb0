"""Gradients against automatic differentiation, and when a search over all positions ends."""

import pytest
import torch

from superficial.distillation import refinement
from superficial.distillation.best import Best
from superficial.distillation.objective import build_training_objective
from superficial.distillation.refinement import gradient_of_rows, loss_of_rows, search_by_all
from superficial.distillation.teacher import survey_teacher
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY, WIDTH, POSITIONS = 12, 3, 20
SOME = torch.tensor([4, 17, 0, 9, 9])


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def planted():
    numbers = torch.arange(POSITIONS)
    trace = Trace(numbers, numbers, numbers, drawn(0, POSITIONS, WIDTH), drawn(1, POSITIONS, WIDTH + 1))
    base = OutputHead(drawn(2, VOCABULARY, WIDTH), drawn(3, VOCABULARY))
    pair = Pair(base, OutputHead(drawn(4, VOCABULARY, WIDTH + 1)))
    teacher, tokens = survey_teacher(pair.aligned, trace, None, None)
    return pair, trace, build_training_objective(pair, tokens, trace, teacher, base)


def test_gradients_in_rows_are_those_of_automatic_differentiation(planted, monkeypatch):
    monkeypatch.setattr("superficial.distillation.objective.positions_at_once", lambda _: 7)
    pair, trace, objective = planted

    def kl(rows, at):
        teacher = pair.aligned.logits(trace.aligned_hidden[at])
        return kl_divergence(teacher, trace.base_hidden[at] @ rows.T + pair.base.bias).mean()

    rows = drawn(6, VOCABULARY, WIDTH).requires_grad_()
    (expected,) = torch.autograd.grad(kl(rows, SOME), rows)
    torch.testing.assert_close(gradient_of_rows(objective)(SOME, rows.detach()), expected)
    (expected,) = torch.autograd.grad(kl(rows, slice(None)), rows)
    loss, gradient = loss_of_rows(objective)(rows.detach())
    torch.testing.assert_close(gradient, expected)
    # Training knows the KL up to a constant.
    other = 0.9 * rows.detach()
    change = loss_of_rows(objective)(other)[0] - loss
    assert change == pytest.approx((kl(other, slice(None)) - kl(rows, slice(None))).item())


def slope(point):
    """A function that falls forever along its first coordinate."""
    return -point[0].item(), torch.tensor([-1.0, 0.0])


@pytest.mark.parametrize(
    ("kl", "checks"),
    [
        # Validation keeps falling by 1 %, then by 0.6 %: the search may take 25 checks.
        (lambda number: 0.99**number, 25),
        (lambda number: 0.994**number, 25),
        # It falls by 0.1 % at each check, and ends at the second that brings no gain over the first.
        (lambda number: 0.999**number, 3),
    ],
)
def test_a_search_over_all_positions_ends_without_gain_or_after_25_checks(kl, checks):
    measured: list[float] = []

    def measure(point):
        measured.append(kl(len(measured)))
        return measured[-1]

    start = torch.tensor([3.0, 4.0])
    search_by_all(slope, start, Best(measure, start))
    assert len(measured) == 1 + checks


def test_the_first_step_of_a_search_is_a_hundredth_of_its_start(monkeypatch):
    steps = []
    monkeypatch.setattr(refinement, "minimise_lbfgs", lambda function, start, first_step, *_: steps.append(first_step))
    start = torch.tensor([3.0, 4.0])
    search_by_all(slope, start, Best(lambda _: 1.0, start))
    assert steps == pytest.approx([0.05])
