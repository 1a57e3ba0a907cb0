"""The restricted objective against the plain KL over the whole vocabulary, and its gradient against autograd."""

import pytest
import torch

from superficial.distillation.objective import objective
from superficial.distillation.residual import kl_divergence
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace

VOCABULARY, WIDTH, POSITIONS = 30, 6, 40


@pytest.fixture
def planted():
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    numbers = torch.arange(POSITIONS)
    trace = Trace(numbers, numbers, numbers, drawn(POSITIONS, WIDTH), drawn(POSITIONS, WIDTH + 2))
    base = OutputHead(drawn(VOCABULARY, WIDTH), drawn(VOCABULARY))
    aligned = OutputHead(drawn(VOCABULARY, WIDTH + 2), drawn(VOCABULARY))
    return base, aligned, trace, drawn(VOCABULARY, WIDTH)


def plain_kl(base, aligned, trace, whole, support):
    teacher = torch.nn.functional.linear(trace.aligned_hidden, aligned.weight, aligned.bias)
    if support:
        order = teacher.argsort(-1, descending=True)[:, support:]
        teacher = teacher.scatter(-1, order, -torch.inf)
    probability = teacher.softmax(-1)
    student = torch.nn.functional.linear(trace.base_hidden, base.weight + whole, base.bias).log_softmax(-1)
    return torch.nn.functional.kl_div(student, probability, reduction="none").sum(-1)


@pytest.mark.parametrize("rows", [range(VOCABULARY), [3], [0, 7, 8, 29]])
@pytest.mark.parametrize("support", [None, 1, 5, VOCABULARY])
@pytest.mark.parametrize("kept_bytes", [0, 2**28])
@pytest.mark.parametrize("turned", [False, True])
def test_value_and_gradient_are_those_of_the_whole_softmax(planted, monkeypatch, rows, support, kept_bytes, turned):
    monkeypatch.setattr("superficial.distillation.objective._KEPT_BYTES", kept_bytes)
    base, aligned, trace, whole = planted
    rows = torch.tensor(list(rows))
    delta = whole[rows].requires_grad_()
    masked = torch.zeros_like(base.weight).index_copy(0, rows, delta)
    expected = plain_kl(base, aligned, trace, masked, support)
    (slope,) = torch.autograd.grad(expected[5:25].mean(), delta)
    through = torch.linalg.matrix_exp(torch.diag(torch.ones(WIDTH - 1).double(), 1)) if turned else None
    found = objective(base, aligned, rows, trace, support, through)
    # dW = D T^T: D is dW T^-T, and its gradient that of dW times T.
    learned, expected_slope = delta.detach(), slope
    if turned:
        learned, expected_slope = learned @ torch.linalg.inv(through).T, slope @ through
    assert found.mean_kl(learned) == pytest.approx(expected.mean().item())
    torch.testing.assert_close(found.gradient(torch.arange(5, 25), learned), expected_slope)


def test_without_a_cut_it_is_the_kl_that_is_reported(planted):
    base, aligned, trace, whole = planted
    found = objective(base, aligned, torch.arange(VOCABULARY), trace, None)
    reported = kl_divergence(aligned.logits(trace.aligned_hidden), base.plus(whole).logits(trace.base_hidden))
    assert found.mean_kl(whole) == pytest.approx(reported.mean().item())
