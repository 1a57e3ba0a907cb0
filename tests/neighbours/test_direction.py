"""The refusal direction of models in which one is planted."""

import pytest
import torch

from superficial.depth.graft import check_alike
from superficial.neighbours.direction import added, directions, mean_streams, removed
from tests.support.tiny_models import tiny_model

HARMFUL, HARMLESS = [[5, 6, 7], [5, 9, 7], [5, 11, 7]], [[8, 6, 7], [8, 9, 7], [8, 11, 7]]


def logits(model, prompt=(5, 6, 7)):
    with torch.no_grad():
        return model(input_ids=torch.tensor([prompt]), use_cache=False).logits


@pytest.fixture(params=["llama", "gpt2", "phi"])
def model(request):
    return tiny_model(request.param, 0)


def test_directions_are_the_difference_of_means_computed_one_by_one(model):
    parts = check_alike(model, model)
    last = {}
    for name, prompts in (("harmful", HARMFUL), ("harmless", HARMLESS)):
        states = []
        for prompt in prompts:
            with torch.no_grad():
                output = model(input_ids=torch.tensor([prompt]), use_cache=False, output_hidden_states=True)
            states.append(output.hidden_states[1][0, -1])
        last[name] = torch.stack(states).mean(0)
    found = directions(model, parts, HARMFUL, HARMLESS)
    torch.testing.assert_close(found[0], last["harmful"] - last["harmless"])


def test_a_removed_direction_is_gone_from_every_layer_and_the_model_is_as_before_after_it(model):
    parts, own = check_alike(model, model), logits(model)
    direction = directions(model, parts, HARMFUL, HARMLESS)[0]
    unit = direction / direction.norm()
    assert (mean_streams(model, parts, HARMFUL) @ unit).abs().max() > 1e-2
    with removed(model, parts, direction):
        streams = mean_streams(model, parts, HARMFUL)
        assert not torch.allclose(logits(model), own)
    assert (streams @ unit).abs().max() < 1e-4
    assert torch.equal(logits(model), own)


def test_an_added_direction_moves_the_stream_after_its_block_by_itself(model):
    parts = check_alike(model, model)
    direction = torch.arange(32) / 10
    before = mean_streams(model, parts, HARMFUL)
    with added(model, parts, direction, 0):
        after = mean_streams(model, parts, HARMFUL)
    torch.testing.assert_close(after[0] - before[0], direction)


def test_a_planted_difference_is_found_and_its_removal_makes_both_kinds_alike():
    model = tiny_model("llama", 0)
    parts = check_alike(model, model)
    # Blocks that add nothing: the stream is the embedding of the last token, which alone tells the kinds apart.
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight.data.zero_()
        layer.mlp.down_proj.weight.data.zero_()
    planted = torch.nn.functional.one_hot(torch.tensor(3), 32).float()
    model.model.embed_tokens.weight.data[9] = model.model.embed_tokens.weight.data[8] + 2 * planted
    direction = directions(model, parts, [[5, 9]], [[5, 8]])[1]
    torch.testing.assert_close(direction, 2 * planted)
    with removed(model, parts, direction):
        torch.testing.assert_close(logits(model, (5, 9))[0, -1], logits(model, (5, 8))[0, -1])
    with added(model, parts, direction, 1):
        harmless_pushed = logits(model, (5, 8))[0, -1]
    torch.testing.assert_close(harmless_pushed, logits(model, (5, 9))[0, -1])
