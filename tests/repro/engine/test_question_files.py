"""`reproduce-all --data`: a profile with the questions of a folder stands beside the one that it was made from."""

import json
import shutil

import pytest

from repro.engine import paths, question_files
from repro.engine.question_files import save_with_question_files
from superficial.config import load_profile
from superficial.sources.splits import question_tables


@pytest.fixture
def profiles(tmp_path, monkeypatch):
    """A copy of all profiles."""
    folder = tmp_path / "profiles"
    shutil.copytree(paths.PROFILES, folder)
    for module in (paths, question_files):
        monkeypatch.setattr(module, "PROFILES", folder)
    return folder


@pytest.fixture
def data(tmp_path):
    """A folder with GSM8K."""
    folder = tmp_path / "data" / "gsm"
    folder.mkdir(parents=True)
    for split, first in (("train", 0), ("test", 1000)):
        rows = [{"question": f"What is {first + n} plus 1?", "answer": f"#### {first + n + 1}"} for n in range(100)]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder.parent


def test_the_profile_is_saved_under_a_name_of_its_own_with_absolute_paths(profiles, data):
    assert save_with_question_files("pretrained", data) == "pretrained-data"
    saved, made = (load_profile(profiles / f"{name}.yaml") for name in ("pretrained-data", "pretrained"))
    assert saved.name == "pretrained-data"
    assert saved.models == made.models
    (file,) = saved.sources["own"].questions["gsm"].test
    assert file.file == str(data / "gsm" / "test.jsonl")
    prompts = question_tables(saved.sources["own"], (profiles,))["test"].query("benchmark == 'gsm'")["prompt"]
    assert len(prompts) == 50 and prompts.str.match(r"What is 1\d\d\d plus 1").all()
    text = (profiles / "pretrained-data.yaml").read_text()
    save_with_question_files("pretrained", data)
    assert (profiles / "pretrained-data.yaml").read_text() == text, "the same command changes nothing"


def test_a_draw_stays_the_draw(profiles, data):
    assert save_with_question_files("pretrained-draws/draw-2", data) == "pretrained-draws-data/draw-2"
    profile = load_profile(paths.profile_file("pretrained-draws-data/draw-2"))
    assert profile.one_of_draws == "pretrained-draws-data"
    assert profile.sources["own"].questions["gsm"].limit == {"train": 50, "test": 32}


def test_a_folder_without_question_files_leaves_no_profile(profiles, tmp_path):
    with pytest.raises(ValueError, match="has no question files for profile pretrained"):
        save_with_question_files("pretrained", tmp_path)
    assert not (profiles / "pretrained-data.yaml").exists()
