"""The restricted objective against the plain KL over the whole vocabulary, and its gradient against autograd."""

import pytest
import torch

from superficial.distillation.objective import build_objective
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
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
    return Pair(base, aligned), trace, drawn(VOCABULARY, WIDTH)


def plain_kl(pair, trace, delta, support):
    teacher = torch.nn.functional.linear(trace.aligned_hidden, pair.aligned.weight, pair.aligned.bias)
    if support:
        order = teacher.argsort(-1, descending=True)[:, support:]
        teacher = teacher.scatter(-1, order, -torch.inf)
    probability = teacher.softmax(-1)
    student = torch.nn.functional.linear(trace.base_hidden, pair.base.weight + delta, pair.base.bias).log_softmax(-1)
    return torch.nn.functional.kl_div(student, probability, reduction="none").sum(-1)


@pytest.mark.parametrize("tokens", [range(VOCABULARY), [3], [0, 7, 8, 29]])
@pytest.mark.parametrize("support", [None, 1, 5, VOCABULARY])
@pytest.mark.parametrize("stored_bytes", [0, 2**28])
@pytest.mark.parametrize("in_basis", [False, True])
def test_value_and_gradient_are_those_of_the_whole_softmax(
    planted, monkeypatch, tokens, support, stored_bytes, in_basis
):
    monkeypatch.setattr("superficial.distillation.objective._STORED_BYTES", stored_bytes)
    pair, trace, delta = planted
    tokens = torch.tensor(list(tokens))
    rows = delta[tokens].requires_grad_()
    whole = torch.zeros_like(pair.base.weight).index_copy(0, tokens, rows)
    expected = plain_kl(pair, trace, whole, support)
    (gradient,) = torch.autograd.grad(expected[5:25].mean(), rows)
    basis = torch.linalg.matrix_exp(torch.diag(torch.ones(WIDTH - 1).double(), 1)) if in_basis else None
    objective = build_objective(pair, tokens, trace, support, basis)
    # dW = D T^T: D is dW T^-T, and its gradient is that of dW times T.
    trained = rows.detach()
    if in_basis:
        trained, gradient = trained @ torch.linalg.inv(basis).T, gradient @ basis
    assert objective.mean_kl(trained) == pytest.approx(expected.mean().item())
    torch.testing.assert_close(objective.gradient(torch.arange(5, 25), trained), gradient)


def test_without_truncation_it_is_the_kl_that_is_reported(planted):
    pair, trace, delta = planted
    objective = build_objective(pair, torch.arange(VOCABULARY), trace, None)
    student = pair.base.with_residual(delta).logits(trace.base_hidden)
    reported = kl_divergence(pair.aligned.logits(trace.aligned_hidden), student)
    assert objective.mean_kl(delta) == pytest.approx(reported.mean().item())
