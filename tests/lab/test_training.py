"""Training keeps the state that scored best, and moves only the parameters it is told to."""

import pytest
import torch

from superficial.config import Shape, Training
from superficial.lab.lexicon import make_world
from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.training import (
    KeepBest,
    base_blocks,
    choose_trained,
    new_model,
    train,
    untie,
)

SETTINGS = Training(steps=6, batch_size=1, block_length=32, learning_rate=1e-3, epsilon=1e-8, seed=0)


@pytest.fixture(scope="module")
def blocks_and_tokenizer():
    world = make_world(0)
    tokenizer = build_tokenizer(world)
    return base_blocks(world, tokenizer, SETTINGS), tokenizer


def tiny(tokenizer):
    return new_model(tokenizer, Shape(width=16, layers=1, heads=2, feed_forward=32), "llama", seed=0)


def copied(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_the_state_with_the_highest_score_is_kept(blocks_and_tokenizer):
    blocks, tokenizer = blocks_and_tokenizer
    scores, seen = iter([0.1, 0.7, 0.7]), []

    def score(model):
        seen.append(copied(model))
        return next(scores)

    keep = KeepBest(2, 1.0, score)
    model = train(tiny(tokenizer), blocks, SETTINGS, keep=keep)
    assert keep.scores == {2: 0.1, 4: 0.7, 6: 0.7}
    for name, value in model.state_dict().items():
        assert torch.equal(value, seen[1][name])
    assert any(not torch.equal(seen[1][name], seen[2][name]) for name in seen[1])


def test_a_training_ends_when_its_score_is_enough(blocks_and_tokenizer):
    blocks, tokenizer = blocks_and_tokenizer
    scores = iter([0.1, 0.7, 0.9])
    keep = KeepBest(2, 0.7, lambda _: next(scores))
    stopped = train(tiny(tokenizer), blocks, SETTINGS, keep=keep)
    assert keep.scores == {2: 0.1, 4: 0.7}
    whole = train(tiny(tokenizer), blocks, SETTINGS)
    assert any(not torch.equal(value, whole.state_dict()[name]) for name, value in stopped.state_dict().items())


@pytest.mark.parametrize("trained", ["head", "backbone", "all"])
def test_only_the_chosen_parameters_move(blocks_and_tokenizer, trained):
    blocks, tokenizer = blocks_and_tokenizer
    model = tiny(tokenizer)
    untie(model)
    before = copied(model)
    choose_trained(model, trained)
    train(model, blocks, SETTINGS)
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    head = {"lm_head.weight"}
    assert moved == {"head": head, "backbone": set(before) - head, "all": set(before)}[trained]
