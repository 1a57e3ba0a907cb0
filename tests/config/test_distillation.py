"""Settings of the distillation: the k of black-box heads."""

import pytest

from repro.engine.paths import PROFILES
from superficial.config import load_profile


def test_the_word_vocabulary_stands_for_its_size():
    k_values = load_profile(PROFILES / "lab.yaml").black_box_distillation.k_values(600)
    assert k_values == [1, 2, 5, 10, 25, 50, 100, 200, 400, 600]


def test_a_head_has_settings_of_its_own_or_those_of_the_profile():
    profile = load_profile(PROFILES / "lab.yaml")
    of_all, own = profile.black_box_distillation, profile.black_box_settings("small-bb-several")
    assert profile.black_box_settings("small-bb") == of_all
    assert (own.k, own.epochs) == ([100], 15) != (of_all.k, of_all.epochs)
    assert own.with_changes(k=of_all.k, epochs=of_all.epochs) == of_all


def test_only_one_black_box_head_is_used_at_another_k():
    settings = load_profile(PROFILES / "authors.yaml").black_box_distillation
    assert settings.used_k == 200
    with pytest.raises(ValueError, match="k must have one value"):
        settings.with_changes(k=[40, 50])
