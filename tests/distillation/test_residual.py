"""Residual heads that are trained on tiny pairs: a planted head is found, restrictions hold, and seeds repeat."""

import pytest
import torch

from superficial.config.distillation import DistillationSettings
from superficial.distillation.residual import distil, teacher_top_tokens
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace
from tests.support.tiny_models import head_only_pair

ADAM = {"learning_rate": 0.05, "epsilon": 1e-8, "epochs": 60, "batch_size": 64}
METHODS = {"ours": DistillationSettings(), "adam": DistillationSettings(adam=ADAM)}
SETTINGS = METHODS["adam"]


def kl_with(pair: Pair, delta: torch.Tensor, trace: Trace) -> float:
    student = pair.base.with_residual(delta).logits(trace.base_hidden)
    return kl_divergence(pair.aligned.logits(trace.aligned_hidden), student).mean().item()


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_head_is_recovered(method):
    pair, train, validation = head_only_pair()
    advances: list[int] = []
    trained = distil(pair, train, validation, METHODS[method], advance=advances.append)
    assert advances == [1] * (int(ADAM["epochs"]) if method == "adam" else 1)
    of_base = kl_with(pair, torch.zeros_like(trained.matrix), validation)
    assert trained.validation_kl[0] == pytest.approx(of_base, rel=1e-4) and of_base > 0.1
    best = min(trained.validation_kl)
    assert best < 0.05 * trained.validation_kl[0]
    assert kl_with(pair, trained.matrix, validation) == pytest.approx(best, rel=1e-4, abs=1e-6)


def test_adam_leaves_the_rows_that_it_does_not_train_and_the_softmax_stays_whole():
    pair, train, validation = head_only_pair()
    trained = distil(pair, train, validation, SETTINGS.with_changes(teacher_top=1, adam=ADAM | {"epochs": 5}))
    tokens = pair.aligned.logits(train.aligned_hidden).argmax(-1).unique()
    assert torch.equal(teacher_top_tokens(pair.aligned, train, 1), tokens)
    changed = trained.matrix.abs().sum(-1).nonzero().squeeze(1)
    assert 0 < len(changed) <= len(tokens) < pair.vocabulary_size
    assert set(changed.tolist()) <= set(tokens.tolist())
    assert kl_with(pair, trained.matrix, validation) == pytest.approx(min(trained.validation_kl), rel=1e-4, abs=1e-6)


def test_ours_gives_rows_that_it_does_not_train_what_the_map_predicts_if_that_is_better():
    pair, train, validation = head_only_pair()
    few = DistillationSettings(teacher_top=1)
    trained = distil(pair, train, validation, few)
    # Both models' states are equal: the map is the identity, and every row that of the aligned model.
    torch.testing.assert_close(trained.matrix, pair.aligned.weight - pair.base.weight, atol=1e-3, rtol=0)
    assert kl_with(pair, trained.matrix, validation) == pytest.approx(min(trained.validation_kl), rel=1e-4, abs=1e-6)
    # With a rank there is no such choice.
    low = distil(pair, train, validation, few.with_changes(rank=2))
    changed = low.matrix.abs().sum(-1).nonzero().squeeze(1)
    assert set(changed.tolist()) <= set(teacher_top_tokens(pair.aligned, train, 1).tolist())
    assert kl_with(pair, low.matrix, validation) == pytest.approx(min(low.validation_kl), rel=1e-4)


def test_distillation_repeats_for_a_seed():
    pair, train, validation = head_only_pair()
    settings = SETTINGS.with_changes(adam=ADAM | {"epochs": 2})
    first, again, other = (distil(pair, train, validation, settings, seed).matrix for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(*(distil(pair, train, validation, settings, *seed).matrix for seed in ((), (0,))))
