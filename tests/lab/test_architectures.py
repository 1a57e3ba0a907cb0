"""New models share head and embeddings until they are untied, and only the chosen parameters are trained."""

import pytest
import torch

from superficial.config import Shape, Training
from superficial.lab.architectures import ARCHITECTURES, new_model, set_trained_parameters, untie_head
from superficial.lab.pretraining import base_blocks
from superficial.lab.training import train
from tests.support.lab_world import WORLD, world_tokenizer

SETTINGS = Training(steps=6, batch_size=1, block_length=32, learning_rate=1e-3, epsilon=1e-8, seed=0)
SHAPE = Shape(width=16, layers=1, heads=2, feed_forward=32)


@pytest.fixture(scope="module")
def tokenizer():
    return world_tokenizer()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_untied_head_is_a_copy_of_the_embeddings(tokenizer, architecture):
    model = new_model(tokenizer, SHAPE, architecture, seed=0)
    head, embeddings = model.get_output_embeddings(), model.get_input_embeddings()
    assert head.weight is embeddings.weight
    untie_head(model)
    assert head.weight is not embeddings.weight
    assert torch.equal(head.weight, embeddings.weight)


@pytest.mark.parametrize("trained", ["head", "backbone", "all"])
def test_only_the_chosen_parameters_change(tokenizer, trained):
    model = new_model(tokenizer, SHAPE, "llama", seed=0)
    untie_head(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    set_trained_parameters(model, trained)
    train(model, base_blocks(WORLD, tokenizer, SETTINGS), SETTINGS)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    head = {"lm_head.weight"}
    assert changed == {"head": head, "backbone": set(before) - head, "all": set(before)}[trained]
