"""Texts change no other text's states and responses where rotary frequencies depend on the longest text."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from superficial.models.batching import plan_batches
from superficial.models.generation import generate
from superficial.models.rope import longest_static_length, reset_positions
from superficial.traces.tracing import hidden_states, trace_prompts
from tests.support.greedy import argmax_loop
from tests.support.tiny_models import SIZE

FACTORS = {"long_factor": [9.0, 5.0, 3.0, 2.0], "short_factor": [1.0] * 4}
SCALINGS = {
    "longrope": {"rope_type": "longrope", "factor": 4.0, "original_max_position_embeddings": 16, **FACTORS},
    "dynamic": {"rope_type": "dynamic", "factor": 4.0},
}
PROMPTS = [
    [3 + (7 * number + 5 * at) % 50 for at in range(length)] for number, length in enumerate((3, 5, 14, 16, 30, 30))
]


def model_with(scaling):
    torch.manual_seed(0)
    parameters = SCALINGS[scaling] | {"rope_theta": 10000.0}
    config = LlamaConfig(**SIZE | {"max_position_embeddings": 16}, rope_parameters=parameters, eos_token_id=None)
    return LlamaForCausalLM(config).eval()


@pytest.mark.parametrize("scaling", SCALINGS)
def test_states_and_responses_are_those_of_each_text_alone(scaling):
    model = model_with(scaling)
    assert longest_static_length(model) == 16
    expected = [argmax_loop(model, prompt, [3], 8) for prompt in PROMPTS]
    assert generate(model, PROMPTS, [3], 8, batch_size=6) == expected
    together = hidden_states(model, PROMPTS, expected, 6, range(6))
    alone = [hidden_states(model_with(scaling), [p], [r], 1, [0]) for p, r in zip(PROMPTS, expected, strict=True)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_model_traced_with_itself_has_the_same_states_twice(scaling):
    model = model_with(scaling)
    (trace,) = trace_prompts(model, model, PROMPTS, PROMPTS, [3], 8, 6)
    assert torch.equal(trace.base_hidden, trace.aligned_hidden)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_scaling_changes_what_a_long_text_does_to_a_short_one(scaling):
    """Without the rule, the model is one where neighbours matter: otherwise the other test would show nothing."""
    model, short = model_with(scaling), torch.tensor([PROMPTS[0]])
    padded = torch.nn.functional.pad(short, (0, 27))
    with torch.no_grad():
        alone = model.model(short).last_hidden_state
        beside = model.model(padded).last_hidden_state[:, :3]
        assert (alone - beside).abs().max() > 0.002
        reset_positions(model)
        torch.testing.assert_close(model.model(short).last_hidden_state, alone)


def test_short_texts_share_batches_and_long_ones_only_with_equals():
    batches = plan_batches(model_with("longrope"), [30, 5, 9, 30, 20], 8, growth=7)
    assert [batch.numbers for batch in batches] == [[1, 2], [4], [0, 3]]
    assert [batch.editable for batch in batches] == [True, False, False]
    assert [batch.cached for batch in batches] == [True, False, False]
