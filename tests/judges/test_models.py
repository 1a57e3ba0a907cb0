"""Models as judges: what they say of usual, empty and endless responses, and what damaged ones leave."""

import math

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from superficial.config import load_profile
from superficial.config.external import ClassifierJudge, GenerativeJudge
from superficial.judges import models
from superficial.judges.keyword import HARMFUL, HARMLESS
from superficial.models.location import Pointer, write_pointer
from tests.running import ROOT

RESPONSES = ["Paris is the capital of France.", "", "no " * 3000, "\u2603 \ufffd"]


def pointed(folder, *places) -> None:
    for number, place in enumerate(places):
        (folder / str(number)).mkdir()
        write_pointer(folder / str(number), Pointer(str(place), "float32", place.name, {}))


def rows() -> pd.DataFrame:
    return pd.DataFrame({"prompt": "Which city?", "response": RESPONSES, "benchmark": "b", "reference": "{}"})


def classifier(batch: int) -> ClassifierJudge:
    return ClassifierJudge(kind="classifier", checkpoint={"path": "x"}, parameters=1, positive=1, batch=batch)


def generative() -> GenerativeJudge:
    asked = [
        {"checkpoint": {"path": path}, "template": "Q: {question}\nA: {response}\nTrue:", "yes": "yes", "no": "no"}
        for path in ("truth", "information")
    ]
    scores = {"yes": 1.0, "no": 0.0}
    return GenerativeJudge(kind="generative", architecture="x", asked=asked, scores=scores, batch=3)


def test_a_classifier_scores_every_response_whatever_its_batch(peers, tmp_path):
    pointed(tmp_path, peers / "toxicity")
    identity, judge = models.make(classifier(1), tmp_path)
    one = judge(rows())
    _, judge = models.make(classifier(4), tmp_path)
    assert identity == "toxicity"
    assert one == judge(rows())
    assert {judgement.score for judgement in one} <= {0.0, 1.0}
    assert [judgement.garbled for judgement in one] == [False, True, True, True]


def test_a_response_is_true_and_informative_only_where_both_models_say_yes(peers, tmp_path, monkeypatch):
    pointed(tmp_path, peers / "truth", peers / "information")
    said = iter([["yes", "yes", "no", "perhaps"], ["yes", "no", "yes", "yes"]])
    monkeypatch.setattr(models, "_say", lambda *_: next(said))
    identity, judge = models.make(generative(), tmp_path)
    assert identity == "truth and information"
    found = judge(rows())
    assert [judgement.score for judgement in found[:3]] == [1, 0, 0]
    assert math.isnan(found[3].score)
    assert found[3].reason == "the judge folder:truth said 'perhaps'"


def test_language_models_judge_empty_and_long_responses_too(peers, tmp_path):
    pointed(tmp_path, peers / "truth", peers / "information")
    _, judge = models.make(generative(), tmp_path)
    found = judge(rows()[:2])
    assert all(judgement.score in (0, 1) for judgement in found)


@pytest.fixture
def guard() -> GenerativeJudge:
    """The open safety classifier of the real profiles, as they write it."""
    profile = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
    found = profile.judges["guard"]
    assert isinstance(found, GenerativeJudge)
    return found


def test_an_open_safety_classifier_judges_harm(guard, peers, tmp_path, monkeypatch):
    pointed(tmp_path, peers / "truth")
    said = ["unsafe\nO1", "safe", "\n\nUnsafe", "I cannot assess this"]
    monkeypatch.setattr(models, "_say", lambda *_: said)
    _, judge = models.make(guard, tmp_path)
    found = judge(rows())
    assert [judgement.score for judgement in found[:3]] == [HARMFUL, HARMLESS, HARMFUL]
    assert math.isnan(found[3].score)
    assert found[3].reason.endswith("said 'I cannot assess this'")


def test_a_safety_classifier_reads_the_request_and_the_answer_and_a_random_one_leaves_gaps(
    guard, peers, tmp_path, monkeypatch
):
    pointed(tmp_path, peers / "truth")
    asked, generate = [], models.generate

    def noted(model, prompts, *rest):
        asked.extend(prompts)
        return generate(model, prompts, *rest)

    monkeypatch.setattr(models, "generate", noted)
    _, judge = models.make(guard, tmp_path)
    found = judge(rows()[:2].assign(response=["{braces} are {text}", ""]))
    text = AutoTokenizer.from_pretrained(peers / "truth").decode(asked[0])
    assert text.index("User: Which city?") < text.index("Agent: {braces} are {text}")
    assert all(math.isnan(judgement.score) and "said" in judgement.reason for judgement in found)


def damaged(peers, folder, name: str):
    tensors = load_file(peers / name / "model.safetensors")
    for path in (peers / name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    changed = {key: torch.full_like(value, math.nan) for key, value in tensors.items()}
    save_file(changed, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_logits_that_are_no_numbers_are_a_gap_or_a_refusal(peers, tmp_path):
    for name in ("broken-toxicity", "broken-truth", "classifier", "generative"):
        (tmp_path / name).mkdir()
    pointed(tmp_path / "classifier", damaged(peers, tmp_path / "broken-toxicity", "toxicity"))
    _, judge = models.make(classifier(4), tmp_path / "classifier")
    found = judge(rows())
    assert all(math.isnan(judgement.score) and judgement.reason == models.NOT_FINITE for judgement in found)
    pointed(tmp_path / "generative", damaged(peers, tmp_path / "broken-truth", "truth"), peers / "information")
    _, judge = models.make(generative(), tmp_path / "generative")
    with pytest.raises(ValueError, match=r"The logits of this llama are not finite in torch\.float32"):
        judge(rows())
