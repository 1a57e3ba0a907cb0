"""The k of black-box heads, of which one may be the whole vocabulary."""

from repro.engine.paths import PROFILES
from superficial.config import load_profile


def test_the_word_vocabulary_stands_for_its_size():
    k_values = load_profile(PROFILES / "lab.yaml").black_box_distillation.k_values(600)
    assert k_values == [1, 2, 5, 10, 25, 50, 100, 200, 400, 600]
