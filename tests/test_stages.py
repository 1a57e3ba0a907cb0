"""Stage scripts refuse what only they can see: a k beyond the vocabulary, two vocabularies in one pair."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from superficial.models.checks import check_same_vocabulary

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"distillation": {"teacher_top": 9999}}, "'distillation.teacher_top' has the value 9999"),
        ({"logit_distillation": {"k": [5, 9999]}}, "'logit_distillation.k' has the value 9999"),
    ],
)
def test_a_k_beyond_the_vocabulary_stops_the_first_stage(tmp_path, change, said):
    profile = tmp_path / "bad.yaml"
    for name in ("central", "smoke"):
        (tmp_path / f"{name}.yaml").write_text((ROOT / "repro" / "profiles" / f"{name}.yaml").read_text())
    profile.write_text(yaml.safe_dump({"extends": "smoke", "name": "bad"} | change))
    arguments = ["world", str(profile), str(tmp_path / "out"), "--name", "main"]
    command = [sys.executable, "-m", "repro.engine.stage", *arguments]
    stage = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert stage.returncode
    assert said in stage.stderr.splitlines()[-1]
    assert "tokens" in stage.stderr.splitlines()[-1]


class Tokenizer:
    def __init__(self, *words: str) -> None:
        self._vocabulary = {word: number for number, word in enumerate(words)}

    def get_vocab(self) -> dict[str, int]:
        return self._vocabulary


def test_a_pair_must_share_its_vocabulary():
    check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b"))
    with pytest.raises(ValueError, match=r"theirs have 2 and 3 tokens, and 'c' is one that differs"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b", "c"))
    with pytest.raises(ValueError, match="2 and 2"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("b", "a"))
