"""Which of several trained heads is returned, and how its card describes the choice."""

import pytest
import torch

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
