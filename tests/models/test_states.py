"""The states that enter the output head, against what the decoder returns and a second reading."""

from functools import wraps

import pytest
import torch

from superficial.models.generation import generate
from superficial.models.states import final_states
from tests.support.architectures import build
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import ARCHITECTURES, END_TOKEN, random_prompts, tiny_model

IDS = torch.tensor([[5, 6, 7, 8], [9, 10, 11, 12]])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@torch.no_grad()
def test_they_are_the_decoders_last_states_for_every_token(architecture):
    model = tiny_model(architecture, 0)
    expected = model.get_decoder()(input_ids=IDS).last_hidden_state
    torch.testing.assert_close(final_states(model, IDS), expected)
    assert model(input_ids=IDS).logits.shape == (2, 4, 64)


@torch.no_grad()
def test_they_include_what_stands_between_decoder_and_head():
    model = build("modernbert-decoder")
    states = final_states(model, IDS)
    torch.testing.assert_close(model.decoder(states), model(input_ids=IDS).logits)
    assert not torch.allclose(states, model.model(input_ids=IDS).last_hidden_state, atol=0.01)


def test_a_head_that_is_used_twice_is_refused():
    model = tiny_model("llama", 0)
    forward = model.forward
    model.forward = lambda **inputs: (forward(**inputs), forward(**inputs))[1]
    with pytest.raises(ValueError, match="llama uses its output head 2 times for a text, not once"):
        final_states(model, IDS)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5])
def test_generation_hands_over_the_states_of_each_response(batch_size):
    model, prompts = tiny_model("llama", 0), random_prompts(0, 8)
    limits, states = [9, 9, 1, 9, 9, 4, 9, 9], {}
    responses = generate(model, prompts, [END_TOKEN, 33, 45], limits, batch_size, states=states)
    assert sorted(states) == list(range(8)) and len({len(response) for response in responses}) > 4
    for number, (prompt, response) in enumerate(zip(prompts, responses, strict=True)):
        (read,) = final_states(model, torch.tensor([[*prompt, *response[:-1]]]))
        assert_rows_close(states[number], read[len(prompt) - 1 :])


def test_no_states_are_taken_from_a_head_that_is_used_twice():
    model = tiny_model("llama", 0)
    forward = model.forward
    model.forward = wraps(forward)(lambda **inputs: (forward(**inputs), forward(**inputs))[1])
    with pytest.raises(ValueError, match="llama uses its output head 4 times for 2 tokens of a response, not once"):
        generate(model, [[5, 6, 7]], [END_TOKEN], 2, 1, states={})
    assert generate(model, [[5, 6, 7]], [END_TOKEN], 2, 1)


def test_no_states_are_taken_from_a_head_that_is_not_used():
    model = tiny_model("llama", 0)
    unused = torch.nn.Linear(32, 64, bias=False)
    model.get_output_embeddings = lambda: unused
    with pytest.raises(ValueError, match="llama uses its output head 0 times for 2 tokens of a response, not once"):
        generate(model, [[5, 6, 7]], [END_TOKEN], 2, 1, states={})
