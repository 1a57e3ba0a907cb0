"""The plain version of the authors' procedure against the library, on the same problem: tokens, states, and dW."""

import pytest
import torch

from bench import reference
from superficial.config.distillation import AdamSettings, DistillationSettings
from superficial.distillation.residual import distil
from superficial.heads.merging import merged_temporarily
from superficial.models.generation import generate
from superficial.traces.output_head import Pair
from superficial.traces.tracing import trace_responses
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import END_TOKEN, head_only_pair, random_prompts, tiny_llama

LENGTH = 8


def test_extraction_reads_the_same_tokens_and_states():
    base, aligned = tiny_llama(0), tiny_llama(1)
    prompts, aligned_prompts = random_prompts(2, 12), random_prompts(3, 12)
    responses = generate(aligned, aligned_prompts, END_TOKEN, LENGTH, 12)
    trace = trace_responses(base, aligned, prompts, aligned_prompts, responses, 12)
    steps = [
        reference.extract(base, aligned, *both, END_TOKEN, LENGTH)
        for both in zip(prompts, aligned_prompts, strict=True)
    ]
    assert [step.tokens for step in steps] == responses
    pair = Pair.of(base, aligned)
    for states, logits, head, ours in (
        ("base_hidden", "base_logits", pair.base, trace.base_hidden),
        ("aligned_hidden", "aligned_logits", pair.aligned, trace.aligned_hidden),
    ):
        assert_rows_close(ours, torch.cat([getattr(step, states) for step in steps]))
        assert_rows_close(head.logits(ours), torch.cat([getattr(step, logits) for step in steps]))


def test_evaluation_writes_the_same_responses():
    model, prompts = tiny_llama(0), random_prompts(4, 23)
    delta = 0.3 * torch.randn(48, 32, generator=torch.Generator().manual_seed(0))
    assert reference.answer(model, None, prompts, END_TOKEN, LENGTH) == generate(model, prompts, END_TOKEN, LENGTH, 9)
    with merged_temporarily(model, delta, 1.0):
        ours = generate(model, prompts, END_TOKEN, LENGTH, 9)
    assert reference.answer(model, delta, prompts, END_TOKEN, LENGTH) == ours


@pytest.mark.parametrize("start", ["zero", "random"])
def test_distillation_ends_at_the_same_matrix(start, monkeypatch):
    pair, train, validation = head_only_pair()
    monkeypatch.setattr(reference, "BATCH", 100)
    adam = AdamSettings(
        learning_rate=reference.LEARNING_RATE, epsilon=1e-8, epochs=20, batch_size=100, start=start, keep="last"
    )
    ours = distil(pair, train, validation, DistillationSettings(adam=adam))
    hidden = train.base_hidden[:]
    logits = pair.base.logits(hidden), pair.aligned.logits(train.aligned_hidden[:])
    theirs = reference.distil(hidden, *logits, 20, random_start=start == "random")
    torch.testing.assert_close(ours.matrix, theirs, atol=5e-5, rtol=0)
