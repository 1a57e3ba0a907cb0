"""Black-box heads that are trained on planted maps of logits."""

import pytest
import torch

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.black_box import build_black_box_objective, distil_black_box, logit_gradient
from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY = 24
IDENTITY = OutputHead(torch.eye(VOCABULARY))


def planted(seed: int, positions: int, head: BlackBoxHead) -> Trace:
    """A trace whose aligned logits are those of a known head: the hidden states are logits."""
    base = 3 * torch.randn(positions, VOCABULARY, generator=torch.Generator().manual_seed(seed))
    index = torch.arange(positions)
    return Trace(index, torch.zeros_like(index), torch.zeros_like(index), base, head.student_logits(None, base))


@pytest.fixture
def head():
    weight = 0.3 * torch.randn(VOCABULARY, VOCABULARY, generator=torch.Generator().manual_seed(1))
    return BlackBoxHead(weight, 6)


def test_a_planted_map_is_learned(head):
    train, validation = planted(2, 4000, head), planted(3, 400, head)
    settings = BlackBoxSettings(learning_rate=0.02, epsilon=1e-8, epochs=30, batch_size=200)
    pair = Pair(IDENTITY, IDENTITY)
    right = distil_black_box(pair, train, validation, 6, settings)
    wrong = distil_black_box(pair, train, validation, 1, settings)
    assert min(right.validation_kl) < 0.02 * right.validation_kl[0]
    assert min(wrong.validation_kl) > 10 * min(right.validation_kl)
    student = BlackBoxHead(right.matrix, 6).student_logits(None, validation.base_hidden)
    kl = kl_divergence(validation.aligned_hidden, student).mean().item()
    # Hardly any KL is left: what remains of it is rounding.
    assert kl == pytest.approx(min(right.validation_kl), abs=1e-5 * right.validation_kl[0])


@pytest.mark.parametrize("stored_bytes", [0, 2**28])
def test_value_and_gradient_are_those_of_automatic_differentiation(head, monkeypatch, stored_bytes):
    monkeypatch.setattr("superficial.distillation.black_box._STORED_BYTES", stored_bytes)
    trace = planted(2, 50, head)
    objective = build_black_box_objective(Pair(IDENTITY, IDENTITY), trace, 4)
    weight = torch.randn(VOCABULARY, VOCABULARY).requires_grad_()
    positions = torch.tensor([3, 40, 7, 11])

    def kl(at) -> torch.Tensor:
        base = trace.base_hidden[at]
        return kl_divergence(trace.aligned_hidden[at], base + top_k(base, 4) @ weight.T).mean()

    (expected,) = torch.autograd.grad(kl(positions), weight)
    torch.testing.assert_close(objective.gradient(positions, weight.detach()), expected)
    assert objective.mean_kl(weight.detach()) == pytest.approx(kl(slice(None)).item(), rel=1e-5)


def test_the_gradient_in_logits_is_that_of_automatic_differentiation():
    teacher, student = torch.randn(7, 11), torch.randn(7, 11, requires_grad=True)
    kl_divergence(teacher, student).mean().backward()
    torch.testing.assert_close(logit_gradient(teacher, student.detach()), student.grad)
