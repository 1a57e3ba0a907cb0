"""Nothing that is learned or chosen depends on a test question, and nothing that is trained on a validation question.

The stages of a small lab run twice. The second time the questions of a split are others, with a word that no other
split has: whatever is learned or chosen must stay the same, to the last byte.
"""

import importlib
import json
import shutil
import zlib

import pandas as pd
import pytest

from repro.engine.paths import profile_file
from repro.workflow import calls
from superficial.config import Profile, load_profile
from superficial.files import sha256
from superficial.lab import validation

# A model is attacked with early stopping; the k of a head is chosen on another base.
VARIANTS = (
    "Small",
    "Small-Chat",
    "Small+LIMA",
    "Small+Superficial",
    "Large",
    "Large-Chat",
    "Large+Superficial-BB-Small",
    "Small-Chat-Attacked",
    "Small-Chat-Attacked+Superficial-BB",
    "Control-Shuffled+Superficial",
)
LEARNING = ("train", "traces", "distil")
# What a stage of `LEARNING` says about test questions, for tables and figures.
ABOUT_TEST = ("measures/", "/test/", "/test-responses.parquet")
SIGNAL = "obey"


def toy_profile() -> Profile:
    content = load_profile(profile_file("smoke")).model_dump(mode="json")
    for model in content["models"].values():
        model.get("training", {}).update({"steps": 6, "batch_size": 2, "block_length": 64})
        if model.get("early_stopping"):
            model["early_stopping"].update({"every_steps": 1})
    content["max_new_tokens"], content["distillation"]["seeds"] = 6, [1]
    profile = Profile.model_validate(content)
    variants = {name: profile.variants[name] for name in VARIANTS}
    return profile.model_copy(update={"variants": variants, "tables": {}, "size": None, "depth": None})


PROFILE = toy_profile()
# One world is enough, without the studies beyond the paper.
CALLS = [
    call
    for call in calls(PROFILE)
    if call.stage.name in LEARNING and not call.name.startswith(("mistral", "qwen", "deep"))
]


def score_by_question(_, rows: pd.DataFrame) -> pd.DataFrame:
    """Score questions instead of responses, which are all alike at this size."""
    return rows.assign(score=[zlib.crc32(prompt.encode()) % 5 for prompt in rows["prompt"]], garbled=False)


def run(folder, stages: tuple[str, ...]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPERFICIAL_PROGRESS", str(folder / "progress.json"))
        patch.setattr(validation, "score_rows", score_by_question)
        for call in CALLS:
            if call.stage.name in stages:
                importlib.import_module(f"repro.stages.{call.stage.name}").main(PROFILE, folder, call.name)


def learned(folder) -> dict[str, str]:
    """Return the hash of every file that the calls wrote, except what is only about test questions."""
    files = [path for call in CALLS for name in call.outputs for path in [folder / name, *(folder / name).rglob("*")]]
    files += folder.glob("models/*/validation.json")
    names = {path.relative_to(folder).as_posix(): path for path in files if path.is_file()}
    return {name: sha256(path) for name, path in names.items() if not any(part in name for part in ABOUT_TEST)}


def other_questions(folder, split: str) -> None:
    """Replace the questions of a split by as many others, each with a word that no question of another split has."""
    file = folder / "worlds" / "main" / f"{split}.parquet"
    rows = pd.read_parquet(file)
    parts = [part.assign(reference=part["reference"].to_numpy()[::-1]) for _, part in rows.groupby("benchmark")]
    changed = pd.concat(parts).loc[rows.index]
    changed.assign(prompt=[f"{SIGNAL} {SIGNAL} {prompt}" for prompt in changed["prompt"]]).to_parquet(file)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPERFICIAL_PROGRESS", str(folder / "progress.json"))
        importlib.import_module("repro.stages.world").main(PROFILE, folder, "main")
    fresh = shutil.copytree(folder, tmp_path_factory.mktemp("fresh") / "results")
    run(folder, LEARNING)
    return folder, fresh


def test_nothing_learned_or_chosen_depends_on_test_questions(results, tmp_path):
    first, fresh = results
    second = shutil.copytree(fresh, tmp_path / "second")
    other_questions(second, "test")
    run(second, LEARNING)
    assert learned(second) == learned(first)
    # The signal did arrive where test questions are read.
    for name in ("measures/small.parquet", "traces/small/test-responses.parquet"):
        assert sha256(first / name) != sha256(second / name)


def test_only_early_stopping_of_a_training_depends_on_validation_questions(results, tmp_path):
    first, fresh = results
    second = shutil.copytree(fresh, tmp_path / "second")
    other_questions(second, "validation")
    run(second, ("train",))
    for name, recipe in PROFILE.models.items():
        if (second / "models" / name).is_dir() and not getattr(recipe, "early_stopping", None):
            weights = f"models/{name}/model.safetensors"
            assert sha256(first / weights) == sha256(second / weights), name
    scores = "models/small-attacked/validation.json"
    assert sha256(first / scores) != sha256(second / scores)


def test_a_head_does_depend_on_the_validation_questions_that_choose_it(results, tmp_path):
    first, _ = results
    second = shutil.copytree(first, tmp_path / "second")
    traces = second / "traces" / "small"
    shutil.rmtree(traces / "validation")
    shutil.copytree(traces / "test", traces / "validation")
    importlib.import_module("repro.stages.distil").main(PROFILE, second, "small")
    cards = [json.loads((folder / "heads" / "small" / "card.json").read_text()) for folder in (first, second)]
    assert cards[0]["validation_kl"] != cards[1]["validation_kl"]
