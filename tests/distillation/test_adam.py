"""Adam as the paper uses it, against the paper's own loop."""

import pytest
import torch

from bench import reference
from superficial.config.distillation import AdamSettings, DistillationSettings
from superficial.distillation.residual import distil
from superficial.traces.kl import kl_divergence
from tests.support.tiny_models import head_only_pair


def test_the_papers_setting_learns_what_the_papers_loop_learns():
    pair, train, validation = head_only_pair()
    adam = AdamSettings(learning_rate=reference.LEARNING_RATE, epsilon=1e-8, epochs=30, batch_size=reference.BATCH)
    trained = distil(pair, train, validation, DistillationSettings(adam=adam))
    logits = pair.base.logits(train.base_hidden), pair.aligned.logits(train.aligned_hidden)
    deltas: list[torch.Tensor] = []
    expected = reference.distil(
        train.base_hidden, *logits, adam.epochs, after_epoch=lambda delta: deltas.append(delta.clone())
    )
    torch.testing.assert_close(trained.matrix, expected, atol=1e-4, rtol=0)
    teacher = pair.aligned.logits(validation.aligned_hidden)
    kls = [
        kl_divergence(teacher, pair.base.with_residual(delta).logits(validation.base_hidden)).mean().item()
        for delta in deltas
    ]
    assert trained.validation_kl[1:] == pytest.approx(kls, abs=1e-4)
    assert kls[-1] < trained.validation_kl[0] - 1e-3
