"""The stage that makes a lab world refuses a k that is larger than its vocabulary."""

import pytest

from repro.stages import world
from superficial.config import load_profile
from tests.support.lab_world import world_tokenizer
from tests.support.profiles import changed_profile


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distillation": {"teacher_top": 9999}}, "'distillation.teacher_top' has the value 9999"),
        ({"black_box_distillation": {"k": [5, 9999]}}, "'black_box_distillation.k' has the value 9999"),
    ],
)
def test_a_k_larger_than_the_vocabulary_is_refused(tmp_path, monkeypatch, change, message):
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(world, "build_tokenizer", lambda _: world_tokenizer())
    profile = load_profile(changed_profile(tmp_path, change, "smoke"))
    with pytest.raises(ValueError, match=f"{message}: the vocabulary of world main has only \\d+ tokens"):
        world.main(profile, tmp_path / "out", "main")
