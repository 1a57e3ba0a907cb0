"""Newton steps against a general minimiser, and one step against the linear system that it solves."""

import pytest
import torch
from scipy.optimize import minimize

from superficial.config.distillation import DistillationSettings
from superficial.distillation.newton import curvature_at_base
from superficial.distillation.objective import build_objective
from superficial.distillation.residual import distil
from tests.support.tiny_models import head_only_pair


def test_newton_ends_at_the_minimum_of_the_penalised_kl():
    pair, train, _ = head_only_pair()
    settings = DistillationSettings(optimizer="newton", learning_rate=0.1, epsilon=6, epochs=300, batch_size=10**6)
    trained = distil(pair, train, train, settings)
    hidden, teacher = train.base_hidden.double(), pair.aligned.logits(train.aligned_hidden).double().log_softmax(-1)
    penalty = 2000 * hidden.square().mean().item() / (pair.vocabulary_size * len(hidden))
    shape = pair.base.weight.shape

    def kl(delta: torch.Tensor) -> torch.Tensor:
        student = (hidden @ (pair.base.weight.double() + delta).T).log_softmax(-1)
        return (teacher.exp() * (teacher - student)).sum(-1).mean()

    def penalised(flat):
        delta = torch.from_numpy(flat).reshape(shape).requires_grad_()
        value = kl(delta) + penalty / 2 * delta.square().sum()
        value.backward()
        return value.item(), delta.grad.flatten().numpy()

    start = torch.zeros(shape.numel(), dtype=torch.float64).numpy()
    best = minimize(penalised, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "ftol": 1e-12})
    assert best.success
    kl_at_minimum = kl(torch.from_numpy(best.x).reshape(shape)).item()
    # The cosine schedule ends a little before the minimum; rounding is a hundredth of that distance.
    allowed = 5e-4 * (trained.validation_kl[0] - kl_at_minimum)
    assert trained.validation_kl[-1] == pytest.approx(kl_at_minimum, abs=allowed)


def test_a_direction_solves_with_the_curvature_and_moves_no_logit_by_more_than_a_nat():
    pair, train, _ = head_only_pair()
    hidden = train.base_hidden
    covariance, mean_variance = hidden.T @ hidden / len(hidden), hidden.square().mean().item()
    variance, directions = torch.linalg.eigh(covariance)
    variance = variance.clamp(min=0)
    vocabulary = pair.vocabulary_size
    objective = build_objective(pair, torch.arange(vocabulary), train, None, directions)
    curvature = curvature_at_base(objective, variance, 6, vocabulary)
    torch.manual_seed(0)
    gradient, delta = torch.randn_like(pair.base.weight), torch.randn_like(pair.base.weight)
    probabilities = [
        head.logits(states).softmax(-1) for head, states in ((pair.base, hidden), (pair.aligned, train.aligned_hidden))
    ]
    spread = torch.stack([(p * (1 - p)).mean(0) for p in probabilities]).mean(0) + 6 / vocabulary
    penalty = 2000 * mean_variance / (vocabulary * len(hidden))
    identity = torch.eye(len(covariance))
    limited = 0
    for size in (1e-3, 1.0):
        rows = curvature.direction(size * gradient @ directions, size * delta @ directions) @ directions.T
        for token, row in enumerate(rows):
            hessian = spread[token] * (covariance + mean_variance * identity) + penalty * identity
            expected = torch.linalg.solve(hessian, size * (gradient[token] + penalty * delta[token]))
            logit_change = (hidden @ expected).square().mean().sqrt().item()
            limited += logit_change > 1
            torch.testing.assert_close(row, expected / max(1.0, logit_change), atol=1e-5, rtol=1e-3)
    assert 0 < limited < 2 * len(rows)
