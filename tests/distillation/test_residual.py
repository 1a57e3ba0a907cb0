"""Residual heads that are trained on tiny pairs: a planted head is found, restrictions hold, and seeds repeat."""

import pytest
import torch

from superficial.config.distillation import DistillationSettings
from superficial.distillation.residual import distil, teacher_top_tokens
from superficial.models.generation import generate
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses
from tests.support.tiny_models import END_TOKEN, head_only_pair, random_prompts, tiny_llama

SETTINGS = DistillationSettings(optimizer="adam-cosine", learning_rate=0.05, epsilon=1e-8, epochs=60, batch_size=64)


def kl_with(pair: Pair, delta: torch.Tensor, trace: Trace) -> float:
    student = pair.base.with_residual(delta).logits(trace.base_hidden)
    return kl_divergence(pair.aligned.logits(trace.aligned_hidden), student).mean().item()


def test_a_planted_head_is_recovered():
    pair, train, validation = head_only_pair()
    trained = distil(pair, train, validation, SETTINGS)
    assert trained.validation_kl[0] > 0.1
    best = min(trained.validation_kl)
    assert best < 0.05 * trained.validation_kl[0]
    assert kl_with(pair, trained.matrix, validation) == pytest.approx(best, rel=1e-4, abs=1e-6)


def test_restricted_rows_leave_all_others_and_the_softmax_stays_whole():
    pair, train, validation = head_only_pair()
    trained = distil(pair, train, validation, SETTINGS.with_changes(teacher_top=1, epochs=5))
    tokens = pair.aligned.logits(train.aligned_hidden).argmax(-1).unique()
    assert torch.equal(teacher_top_tokens(pair.aligned, train, 1), tokens)
    changed = trained.matrix.abs().sum(-1).nonzero().squeeze(1)
    assert 0 < len(changed) <= len(tokens) < pair.vocabulary_size
    assert set(changed.tolist()) <= set(tokens.tolist())
    assert kl_with(pair, trained.matrix, validation) == pytest.approx(min(trained.validation_kl), rel=1e-4, abs=1e-6)


def test_a_pair_of_equals_has_nothing_to_learn():
    base, prompts = tiny_llama(0), random_prompts(3, 20)
    responses = generate(base, prompts, END_TOKEN, 6, 8)
    trace = trace_responses(base, base, prompts, prompts, responses, 8)
    head = OutputHead.of(base)
    trained = distil(Pair(head, head), trace.select(trace.prompt > 3), trace.select(trace.prompt <= 3), SETTINGS)
    assert trained.validation_kl[0] == pytest.approx(0, abs=1e-6)
    assert trained.matrix.abs().max() < 1e-3


def test_distillation_repeats_for_a_seed():
    pair, train, validation = head_only_pair()
    settings = SETTINGS.with_changes(optimizer="adam", epochs=2)
    first, again, other = (distil(pair, train, validation, settings, seed).matrix for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_low_rank_has_that_rank_and_learns_less():
    pair, train, validation = head_only_pair()
    narrow = distil(pair, train, validation, SETTINGS.with_changes(rank=2))
    assert torch.linalg.matrix_rank(narrow.matrix).item() == 2
    full = distil(pair, train, validation, SETTINGS)
    assert min(full.validation_kl) < min(narrow.validation_kl) < narrow.validation_kl[0]
