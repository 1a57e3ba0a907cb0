"""Which of several trained heads is returned, and how its card describes the choice."""

import pytest
import torch

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.distillation.heads import (
    DEFAULT_BLACK_BOX_SETTINGS,
    DEFAULT_RESIDUAL_SETTINGS,
    train_black_box_heads,
    train_residual_head,
)
from superficial.distillation.residual import distil
from tests.support.tiny_models import head_only_pair


def test_the_head_is_that_of_the_first_seed_and_the_card_has_all():
    pair, train, validation = head_only_pair()
    settings = DEFAULT_RESIDUAL_SETTINGS
    finished: list[int] = []
    head = train_residual_head(pair, train, validation, settings, [5, 6], finished.append)
    trained = {seed: distil(pair, train, validation, settings, seed) for seed in (5, 6)}
    assert torch.equal(head.delta, trained[5].matrix)
    assert sum(finished) == 2 * settings.rounds == 2
    best = {str(seed): min(each.validation_kl) for seed, each in trained.items()}
    assert head.card["best_validation_kl_by_seed"] == best
    assert head.card["validation_kl"] == trained[5].validation_kl
    assert head.card["validation_kl_before"] == trained[5].validation_kl[0]
    assert head.card["validation_kl_after"] == best["5"] < head.card["validation_kl_before"]
    assert head.card["largest_change"] == head.delta.abs().max().item()
    assert head.card["positions"] == {"train": len(train), "validation": len(validation)}
    assert {name: head.card[name] for name in ("seed", "adam", "teacher_top")} == {
        "seed": 5,
        "adam": None,
        "teacher_top": None,
    }


def test_the_first_black_box_head_has_the_lowest_validation_kl():
    pair, train, validation = head_only_pair()
    settings = DEFAULT_BLACK_BOX_SETTINGS.with_changes(epochs=4, learning_rate=0.01)
    heads = train_black_box_heads(pair, train, validation, settings, [1, 5, 48])
    by_k = {head.k: head.card["validation_kl_after"] for head in heads}
    assert list(by_k.values()) == sorted(by_k.values())
    assert heads[0].card["best_validation_kl_by_k"] == pytest.approx({str(k): by_k[k] for k in (1, 5, 48)})
    assert [head.card["k"] for head in heads] == list(by_k)


def test_without_seeds_the_head_is_that_of_seed_0():
    pair, train, validation = head_only_pair()
    adam = {"learning_rate": 0.05, "epsilon": 1e-8, "epochs": 1, "batch_size": 64}
    settings = DEFAULT_RESIDUAL_SETTINGS.with_changes(adam=adam)
    head = train_residual_head(pair, train, validation, settings)
    assert head.card["seed"] == 0
    for trained in (distil(pair, train, validation, settings), distil(pair, train, validation, settings, 0)):
        assert torch.equal(head.delta, trained.matrix)
    short = DEFAULT_BLACK_BOX_SETTINGS.with_changes(epochs=1)
    one, same = (train_black_box_heads(pair, train, validation, short, [5], *seed)[0] for seed in ((), (0,)))
    assert torch.equal(one.weight, same.weight) and one.card["seed"] == 0


def test_without_settings_heads_are_trained_as_in_profiles():
    lab, central, authors = (load_profile(PROFILES / f"{name}.yaml") for name in ("lab", "central", "authors"))
    assert DEFAULT_RESIDUAL_SETTINGS.model_dump().items() <= lab.distillation.model_dump().items()
    for name in ("learning_rate", "epsilon"):
        assert getattr(DEFAULT_BLACK_BOX_SETTINGS, name) == getattr(central.black_box_distillation, name)
    assert DEFAULT_BLACK_BOX_SETTINGS.token_limit == authors.black_box_distillation.token_limit
