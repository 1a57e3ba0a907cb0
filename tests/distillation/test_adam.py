"""Adam as the paper uses it, against the paper's own loop."""

import pytest
import torch

from bench import reference
from superficial.config.distillation import DistillationSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.residual import distil
from superficial.traces.kl import kl_divergence
from tests.support.tiny_models import head_only_pair


def test_the_papers_setting_learns_what_the_papers_loop_learns():
    pair, train, validation = head_only_pair()
    settings = DistillationSettings(
        optimizer="adam",
        learning_rate=reference.LEARNING_RATE,
        epsilon=1e-8,
        epochs=30,
        batch_size=reference.BATCH,
    )
    trained = distil(pair, train, validation, settings)
    logits = pair.base.logits(train.base_hidden), pair.aligned.logits(train.aligned_hidden)
    deltas: list[torch.Tensor] = []
    expected = reference.distil(train.base_hidden, *logits, settings.epochs, lambda delta: deltas.append(delta.clone()))
    torch.testing.assert_close(trained.matrix, expected, atol=1e-4, rtol=0)
    teacher = pair.aligned.logits(validation.aligned_hidden)
    kls = [
        kl_divergence(teacher, pair.base.with_residual(delta).logits(validation.base_hidden)).mean().item()
        for delta in deltas
    ]
    assert trained.validation_kl[1:] == pytest.approx(kls, abs=1e-4)
    assert kls[-1] < trained.validation_kl[0] - 1e-3


@pytest.mark.parametrize("schedule_steps", [None, 10])
def test_factors_follow_the_gradient_of_their_product(schedule_steps):
    """Autograd through left right gives the same steps."""
    torch.manual_seed(0)
    target, directions = torch.randn(6, 4), torch.randn(2, 4)
    left, right = torch.zeros(6, 2, requires_grad=True), directions.clone().requires_grad_()
    optimizer = torch.optim.Adam([left, right], lr=0.1, eps=1e-8)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    step, matrix = adam_step(torch.zeros(6, 4), 0.1, 1e-8, schedule_steps, directions), torch.zeros(6, 4)
    for _ in range(10):
        optimizer.zero_grad()
        (0.5 * (left @ right - target).square().sum()).backward()
        optimizer.step()
        if schedule_steps:
            schedule.step()
        matrix = step(matrix - target, matrix)
        torch.testing.assert_close(matrix, (left @ right).detach(), atol=1e-4, rtol=1e-4)
