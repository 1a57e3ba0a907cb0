"""The states that enter the output head, against what the decoder returns."""

import pytest
import torch

from superficial.models.states import final_states
from tests.support.architectures import build
from tests.support.tiny_models import ARCHITECTURES, tiny_model

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
