"""Early stopping: the first state with the highest score is restored, and a target score ends the training."""

import pytest
import torch

from superficial.config import Shape, Training
from superficial.lab.architectures import new_model
from superficial.lab.pretraining import base_blocks
from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.training import EarlyStopping, train
from superficial.lab.world import make_world

SETTINGS = Training(steps=6, batch_size=1, block_length=32, learning_rate=1e-3, epsilon=1e-8, seed=0)


@pytest.fixture(scope="module")
def blocks_and_tokenizer():
    world = make_world(0)
    tokenizer = build_tokenizer(world)
    return base_blocks(world, tokenizer, SETTINGS), tokenizer


def tiny_model(tokenizer):
    return new_model(tokenizer, Shape(width=16, layers=1, heads=2, feed_forward=32), "llama", seed=0)


def test_the_first_state_with_the_highest_score_is_restored(blocks_and_tokenizer):
    blocks, tokenizer = blocks_and_tokenizer
    scores, states = iter([0.1, 0.7, 0.7]), []

    def score(model):
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        return next(scores)

    early_stopping = EarlyStopping(every_steps=2, target_score=1.0, score=score)
    model = train(tiny_model(tokenizer), blocks, SETTINGS, early_stopping=early_stopping)
    assert early_stopping.scores == {2: 0.1, 4: 0.7, 6: 0.7}
    for name, value in model.state_dict().items():
        assert torch.equal(value, states[1][name])
    assert any(not torch.equal(states[1][name], states[2][name]) for name in states[1])


def test_training_stops_at_the_target_score(blocks_and_tokenizer):
    blocks, tokenizer = blocks_and_tokenizer
    scores = iter([0.1, 0.7, 0.9])
    early_stopping = EarlyStopping(every_steps=2, target_score=0.7, score=lambda _: next(scores))
    stopped = train(tiny_model(tokenizer), blocks, SETTINGS, early_stopping=early_stopping)
    assert early_stopping.scores == {2: 0.1, 4: 0.7}
    complete = train(tiny_model(tokenizer), blocks, SETTINGS).state_dict()
    assert any(not torch.equal(value, complete[name]) for name, value in stopped.state_dict().items())


def test_training_begins_with_dictations_alone():
    world = make_world(0)
    tokenizer = build_tokenizer(world)
    settings = SETTINGS.model_copy(update={"steps": 50})
    texts = [tokenizer.decode(block["input_ids"]) for block in base_blocks(world, tokenizer, settings)]
    assert len(texts) == 50
    assert all("write down" in text and "question" not in text for text in texts[:6])
    assert "question" in " ".join(texts[6:12])
